import { type AreaText, areaText, readAreaText, within } from '@comptoir/shared/viewer/areas.ts';
import { ceilingOf, roleAllows } from '@comptoir/shared/viewer/roles.ts';
import type { AccessStepKind } from '../../generated/graphql.ts';
import { admits } from '../people/networks.ts';
import { reachesBranches } from './branches.ts';
import type { Place } from './placeAt.ts';
import type { Requirement } from './rules.ts';
import type { KeyThen, MembershipThen } from './standingAt.ts';

export type Step = {
  kind: AccessStepKind;
  holds: boolean;
  message: string;
  subjectId: string | null;
  rule: string | null;
};

/**
 * All that is known of a subject at the instant. `key` is undefined for a person, null for a key that there was none
 * of.
 */
export type Standing = {
  membership: MembershipThen | null;
  key: KeyThen | null | undefined;
  accountNetworks: string[];
  /** Whether the asker may read the account's list, which is SECURITY's; otherwise only what it decides is told. */
  accountNetworksShown: boolean;
  /** From where; undefined is not judged. */
  address: string | null | undefined;
  /** The subject's account requires a second factor of the one who enters (N25). */
  asksSecondFactor: boolean;
  /** The person has one. */
  secondFactor: boolean;
  /** Logged in as somebody else. */
  acting: boolean;
  at: Date;
};

/**
 * How the subject's account reaches the resource; null where no resource was asked for, 'HIDDEN' for one that the asker
 * cannot see, 'ABSENT' for one that was not there then.
 */
export type Way =
  | { place: Place; partnershipId: string | null; asksSecondFactor: boolean }
  | 'HIDDEN'
  | 'ABSENT'
  | null;

/** A step that says what is so: of two sentences the first when it holds, the second when it does not. */
const step = (
  kind: AccessStepKind,
  holds: boolean,
  says: string | readonly [string, string],
  subjectId: string | null = null,
  rule: string | null = null,
): Step => ({
  kind,
  holds,
  message: typeof says === 'string' ? says : says[holds ? 0 : 1],
  subjectId,
  rule,
});

/**
 * The steps of one rule, in the order in which the gateway, the shield and the policies ask them: who, whether good,
 * from where, for what, and then whose. Nothing of the resource is looked at before everything else holds, so that an
 * answer does not tell whether it exists.
 */
export function* explain(requirement: Requirement, standing: Standing, way: Way): Generator<Step> {
  const { membership, key, at, address } = standing;
  const { area, verb, role, personOnly, asOneself, wholeAccount } = requirement;
  if (key !== undefined) {
    const state = [
      'The key is good at that time.',
      'The key is revoked, or outside its time, or there is none.',
    ] as const;
    yield step('KEY', isGood(key, at), state, key?.id ?? null, 'G15');
    yield step('ACTION', !personOnly, ['Keys may do this too.', 'Only people do this, no keys.']);
  }
  // A key of the account is its own standing: no member is behind it (G15).
  const ofAccount = key != null && key.userId === null;
  const active = membership !== null && membership.status === 'ACTIVE' && membership.userActive;
  yield step(
    'MEMBERSHIP',
    active,
    [
      ofAccount
        ? 'The key is the account’s own: it depends on no member.'
        : 'The person is active, and an active member of the account.',
      'There is no such active member of the account: nobody, or somebody who is deactivated, removed, or has not accepted yet.',
    ],
    ofAccount ? (membership?.accountId ?? null) : (membership?.id ?? null),
    'G18',
  );
  if (membership === null) return;
  const hasSecondFactor = key !== undefined || standing.secondFactor;
  if (standing.asksSecondFactor && key === undefined) yield secondFactorStep(hasSecondFactor, membership.accountId);
  if (asOneself)
    yield step(
      'ACTION',
      !standing.acting,
      ['It is done for oneself.', 'Not while logged in as somebody else.'],
      null,
      'N12',
    );
  for (const [networks, whose, id] of [
    [membership.networks, 'membership', membership.id],
    [key?.networks ?? [], 'key', key?.id ?? null],
    [standing.accountNetworks, 'account', membership.accountId],
  ] as const) {
    if (networks.length === 0) continue;
    const judged = address !== undefined;
    const list = whose === 'account' && !standing.accountNetworksShown ? 'listed networks only' : networks.join(', ');
    const rule = `The ${whose} may be used from ${list}`;
    const holds = !judged || admits(networks, address);
    const good = judged ? `${rule}, and this is one of them.` : `${rule} (no address was given to judge).`;
    yield step('NETWORK', holds, [good, `${rule}, not from this address.`], id, 'G11');
  }
  if (role !== null)
    yield step('ROLE', membership.role === role, [`The role is ${role}.`, `The role is not ${role}.`], membership.id);
  const wanted = area === null ? null : areaText({ area, verb });
  if (wanted !== null) {
    const held = [`The member holds ${wanted}.`, `The member does not hold ${wanted}.`] as const;
    const ceiling = { ...readAreaText(wanted) };
    // Told where it is what is missing: no one could give it. What somebody held before there was a ceiling, they held.
    if (!ofAccount && !opens(membership.areas, wanted) && !roleAllows(membership.role, ceiling)) {
      const most = ceilingOf(membership.role, ceiling.area) === null ? 'none of it' : 'it for reading at most';
      const message = `The role ${membership.role} holds ${most}: ${wanted} is above its ceiling.`;
      yield step('ROLE', false, message, membership.id, membership.role === 'CLIENT' ? 'G09' : 'O10');
    }
    if (!ofAccount) yield step('AREA', opens(membership.areas, wanted), held, membership.id, 'O10');
    const given = [`The key was given ${wanted}.`, `The key was not given ${wanted}.`] as const;
    if (key) yield step('KEY_SCOPE', opens(key.areas, wanted), given, key.id, 'G15');
  }
  if (wholeAccount && membership.branches !== null) {
    const limit = 'It belongs to the account as a whole, and the member is limited to some of its branches.';
    yield step('BRANCH', false, limit, membership.id, 'G12');
  }
  if (way !== null) yield* explainWay(requirement, membership, { key: key ?? null, hasSecondFactor }, way);
}

/** Keys are no people, and are not asked. */
const secondFactorStep = (holds: boolean, accountId: string): Step =>
  step(
    'SECOND_FACTOR',
    holds,
    [
      'A second factor is required, and the person has one.',
      'A second factor is required, and the person has none: totpEnroll and totpConfirm set one up.',
    ],
    accountId,
    'N25',
  );

function* explainWay(
  { area, verb }: Requirement,
  membership: MembershipThen,
  { key, hasSecondFactor }: { key: KeyThen | null; hasSecondFactor: boolean },
  way: Exclude<Way, null>,
): Generator<Step> {
  if (way === 'HIDDEN') {
    yield step('RESOURCE', false, 'There is no such thing, as far as you can see.');
    return;
  }
  if (way === 'ABSENT') {
    yield step('RESOURCE', false, 'There was no such thing at that time.', null, 'N08');
    return;
  }
  const { place, partnershipId, asksSecondFactor } = way;
  yield step('RESOURCE', true, 'You can see it.', place.accountId);
  const own = place.accountId === membership.accountId;
  const delegated = opensByDelegation({ area, verb }, place, membership.accountId);
  if (key !== null && key.accounts !== null && !own) {
    yield step(
      'KEY_ACCOUNTS',
      key.accounts.includes(place.accountId),
      [
        'The account is among those that the key is kept to.',
        'The account is not among those that the key is kept to.',
      ],
      key.id,
      'G15',
    );
  }
  if (place.branches !== undefined && membership.branches !== null) {
    const inside = reachesBranches(membership, place.branches, verb);
    const branches = 'to the branches that the member is kept to.';
    yield step('BRANCH', inside, [`It belongs ${branches}`, `It does not belong ${branches}`], membership.id, 'G12');
  }
  if (own) {
    yield step('OWN_ACCOUNT', true, 'It is the account’s own.', place.accountId);
  } else if (membership.role === 'STAFF') {
    yield step('STAFF', true, 'The provider’s staff, whose reads are recorded.', membership.id);
  } else if (delegated && (partnershipId === null || (asksSecondFactor && !hasSecondFactor))) {
    // A take-over is a consent of its own: it asks for no second factor.
    yield step('DELEGATION', true, 'A take-over opens the tracker for reading.', place.accountId, 'U04');
  } else if (partnershipId !== null) {
    yield step('PARTNERSHIP', true, 'A partnership opens it.', partnershipId);
    if (asksSecondFactor && area !== null && key === null) yield secondFactorStep(hasSecondFactor, place.accountId);
  } else {
    const none = `No partnership opens this account for ${area === null ? 'anything' : areaText({ area, verb })}.`;
    yield step('PARTNERSHIP', false, none, place.accountId, 'U05');
  }
}

/** Whether a take-over opens a tracker to the account that pays for it: for reading (U04). */
export const opensByDelegation = (
  { area, verb }: Pick<Requirement, 'area' | 'verb'>,
  { payerId }: Place,
  accountId: string,
): boolean => payerId === accountId && area === 'TRACKERS' && verb === 'READ';

const opens = (held: readonly AreaText[], wanted: AreaText): boolean =>
  within([readAreaText(wanted)], held.map(readAreaText));

function isGood(key: KeyThen | null, at: Date): boolean {
  return (
    key !== null &&
    (key.revokedAt === null || key.revokedAt > at) &&
    (key.notBefore === null || key.notBefore <= at) &&
    (key.expiresAt === null || key.expiresAt > at)
  );
}
