import { addressInEach } from '../values/network.ts';
import type { SubgraphName } from '../values/subgraphs.ts';
import type { Area, AreaGrant, Areas, Verb } from './areas.ts';
import { type Role, roleAllows } from './roles.ts';

/**
 * Who a request is for, as the gateway found it. It is made once per request, handed over as an object in process and
 * as a signed token of 30 seconds over HTTP (`viewerToken.ts`); every subgraph refuses a call without one.
 */
export type Viewer = PersonViewer | KeyViewer | AnonymousViewer | ServiceViewer;

type Call = {
  /** Follows the request through every subgraph and into every log line. */
  requestId: string;
  /** The caller's own address, IPv4-mapped IPv6 already written as IPv4; null when it could not be read. */
  address: string | null;
};

/**
 * The network lists that apply to a credential, each of which must hold the address (G11): of the membership, of the
 * key, of the account, and in a log-in-as of the client whom the partnership opened. No list is no limit.
 */
type NetworkLists = readonly (readonly string[])[];

type Acting = Call & {
  networks: NetworkLists;
  userId: string;
  /** The account that the request acts for. */
  accountId: string;
  membershipId: string;
  role: Role;
  areas: Areas;
  /**
   * Who acts behind the person, the nearest first (RFC 8693 `act`): logged in as a client (A59, N12). Absent when they
   * act for themselves.
   */
  actors?: Actor[];
  /** Branches of the active account that this member is limited to (G12); absent is no limit. */
  branches?: string[];
  /** The person has a second factor (N25). Absent without one; keys are not asked for any. */
  secondFactor?: true;
  /** The account was signed up for a moment ago, and is still being opened elsewhere. Absent when it is open. */
  opening?: true;
  /** Accounts that the key is limited to (G15); absent is no limit. */
  accounts?: string[];
};

/** A member of another account who acts through a log-in-as. */
export type Actor = { userId: string; accountId: string; loginAsId: string };

/** A person with a session. */
export type PersonViewer = Acting & { kind: 'PERSON'; sessionId: string };
/** A script with an API key; `userId` is the member whose key it is. */
export type KeyViewer = Acting & {
  kind: 'KEY';
  keyId: string;
  /**
   * The key is the account's own and acts for no person (G15): then `userId` and `membershipId` are the key's own id,
   * which is no one's, so that what it does is told from what people do. Absent for the key of a member.
   */
  ofAccount?: true;
  /** The key may only try things out (N11): every transaction of it is rolled back. Absent when it acts for real. */
  preview?: true;
  /** Credits that events recorded by it may consume in all (N11); absent is no limit. */
  creditBudget?: number;
};
/** No one yet: only what precedes log-in is open. A person without any active account is one too, with `userId` set. */
export type AnonymousViewer = Call & { kind: 'ANONYMOUS' } & (NobodyKnown | WithoutAccount);
type NobodyKnown = { userId: null; sessionId: null; secondFactorFor?: undefined; networks?: undefined };
type WithoutAccount = {
  userId: string;
  sessionId: string | null;
  networks: NetworkLists;
  /** The account that the person chose and is a member of, and that requires a second factor, which they lack (N25). */
  secondFactorFor?: string;
};
/** One of our own services, calling an internal operation of another. */
export type ServiceViewer = Call & { kind: 'SERVICE'; service: SubgraphName | 'gateway' };

/**
 * True when the viewer holds the area for at least that verb, within the ceiling of its role (G09, O10). Services and
 * no one hold none.
 */
export function holds(viewer: Viewer, area: Area, verb: Verb): boolean {
  if (viewer.kind !== 'PERSON' && viewer.kind !== 'KEY') return false;
  if (!roleAllows(viewer.role, { area, verb })) return false;
  const held = viewer.areas[area];
  return held === 'WRITE' || (held === 'READ' && verb === 'READ');
}

const judged = new WeakMap<Viewer, boolean>();

/**
 * True when each network list of the viewer holds its address (G11). No one and our own services have no lists;
 * somebody who is known and comes without any was signed by something that does not know of them, and is not let in.
 * Long lists are read once per viewer: every rule of a permissions table asks.
 */
export function isAdmitted(viewer: Viewer): boolean {
  if (viewer.kind === 'SERVICE' || (viewer.kind === 'ANONYMOUS' && viewer.userId === null)) return true;
  const { networks } = viewer;
  if (networks === undefined) return false;
  if (networks.length === 0) return true;
  let admitted = judged.get(viewer);
  if (admitted === undefined) {
    admitted = addressInEach(viewer.address, networks);
    judged.set(viewer, admitted);
  }
  return admitted;
}

/** True when the viewer holds every one of the grants: no one grants more than they hold (O10). */
export function holdsAll(viewer: Viewer, grants: readonly AreaGrant[]): boolean {
  return grants.every(({ area, verb }) => holds(viewer, area, verb));
}

/** The person behind a request; null for our own services, for no one, and for a key that belongs to an account. */
export function personOf(viewer: Viewer): string | null {
  if (viewer.kind === 'SERVICE') return null;
  return viewer.kind === 'KEY' && viewer.ofAccount === true ? null : viewer.userId;
}

/** True for the provider's own people, whom policies let past account borders in the areas they hold. */
export function isStaff(viewer: Viewer): boolean {
  return (viewer.kind === 'PERSON' || viewer.kind === 'KEY') && viewer.role === 'STAFF';
}

/** True for a member who is limited to branches of their account (G12), and for the keys that they made. */
export function isLimitedToBranches(viewer: Viewer): boolean {
  return (viewer.kind === 'PERSON' || viewer.kind === 'KEY') && viewer.branches !== undefined;
}
