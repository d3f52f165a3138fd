import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import type { Role } from '@comptoir/shared/viewer/roles.ts';
import type { Actor, ServiceViewer } from '@comptoir/shared/viewer/viewer.ts';
import { refusal } from '../errors/errors.ts';

/** What the caller showed us, in the words that identity knows it by. */
export type Credential = { sessionId?: string; keyHash?: string; accountId: string | null };

/** What identity says a credential is good for at this moment. */
export type Standing = {
  userId: string;
  /** A key that is the account's own: no person acts (G15). */
  ofAccount?: boolean;
  /** The person has a second factor (N25). */
  secondFactor?: boolean;
  /** The account that requires one, which the person lacks. */
  secondFactorFor?: string | null;
  membershipId: string | null;
  accountId: string | null;
  role: Role | null;
  /** `BILLING:WRITE` and the like. */
  areas: string[];
  /** Each list must hold the caller's address; no list, no limit (G11). */
  networks: string[][];
  keyId: string | null;
  /** Branches of the account that the member is limited to (G12); null is no limit. */
  branches: string[] | null;
  /** The account is still being opened elsewhere. */
  opening?: boolean;
  /** Of a key: the accounts that it is kept to, whether it only tries things out, its credit budget (G15, N11). */
  keyLimits?: { accounts: string[] | null; preview: boolean; creditBudget: number | null } | null;
  /** Who acts for the account, the nearest first; empty for anyone who acts for themselves (N12). */
  actors: Actor[];
  /** Why the credential, though good, does not open the account that was named. */
  refusal: string | null;
};

/**
 * How long an answer is believed: revocation is promised within a second (G18). Counted from the question, so that an
 * answer that was long under way is no older.
 */
export const MAX_BELIEVED_MS = 500;
const MAX_REMEMBERED = 10_000;
/** Accounts that are remembered for one credential. */
const MAX_ACCOUNTS = 100;

const STANDING = /* GraphQL */ `
  query Standing($credential: CredentialInput!) {
    credentialStanding(credential: $credential) {
      userId
      ofAccount
      secondFactor
      secondFactorFor
      membershipId
      accountId
      role
      areas
      networks
      keyId
      branches
      opening
      keyLimits { accounts preview creditBudget }
      actors { userId accountId loginAsId }
      refusal
    }
  }
`;

type Asked = { askedAt: number; answer: Promise<Standing | null> };

export type Standings = ((credential: Credential, requestId: string) => Promise<Standing | null>) & {
  /** Believes nothing of a credential any more: its holder changed something, and reads their own write. */
  forget(credential: Pick<Credential, 'sessionId' | 'keyHash'>): void;
};

const nameOf = ({ sessionId, keyHash }: Pick<Credential, 'sessionId' | 'keyHash'>): string =>
  `${sessionId ?? ''} ${keyHash ?? ''}`;

/**
 * Asks identity whether a credential holds; null when it is revoked or unknown. Requests within half a second of the
 * *question* share its answer, also while it is under way. Throws a 503 when identity does not answer: no one new gets
 * in, and that is not remembered.
 */
export function createStandings(identity: Subgraph, clock: () => number = () => performance.now()): Standings {
  const remembered = new Map<string, Map<string, Asked>>();

  async function standingOf(credential: Credential, requestId: string): Promise<Standing | null> {
    const name = nameOf(credential);
    const account = credential.accountId ?? '';
    const now = clock();
    const accounts = remembered.get(name) ?? new Map<string, Asked>();
    const found = accounts.get(account);
    if (found !== undefined && now - found.askedAt < MAX_BELIEVED_MS) return await found.answer;

    const asked = { askedAt: now, answer: ask(identity, credential, requestId) };
    const forget = (): void => {
      if (accounts.get(account) === asked) accounts.delete(account);
    };
    // What ends in a moment is asked anew: who lacks a second factor gets one next, and a new account is open soon.
    asked.answer.then((standing) => (standing?.secondFactorFor || standing?.opening ? forget() : undefined), forget);
    // Deleted first, so that both maps stay in the order of asking and the oldest is the one that goes.
    accounts.delete(account);
    accounts.set(account, asked);
    if (accounts.size > MAX_ACCOUNTS) accounts.delete(accounts.keys().next().value as string);
    remembered.delete(name);
    remembered.set(name, accounts);
    if (remembered.size > MAX_REMEMBERED) remembered.delete(remembered.keys().next().value as string);
    return await asked.answer;
  }
  return Object.assign(standingOf, {
    forget: (credential: Pick<Credential, 'sessionId' | 'keyHash'>) => void remembered.delete(nameOf(credential)),
  });
}

async function ask(identity: Subgraph, credential: Credential, requestId: string): Promise<Standing | null> {
  const gateway: ServiceViewer = { kind: 'SERVICE', service: 'gateway', requestId, address: null };
  const { data, errors } = await identity.execute({ query: STANDING, variables: { credential } }, gateway);
  if (errors !== undefined && errors.length > 0) {
    throw refusal(503, 'SERVICE_UNAVAILABLE', 'Nobody can be let in right now. Try again.', {
      headers: { 'retry-after': '1' },
      retryAfter: 1,
    });
  }
  return (data?.credentialStanding ?? null) as Standing | null;
}
