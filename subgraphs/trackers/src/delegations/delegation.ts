import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { Area } from '@comptoir/shared/viewer/areas.ts';
import { holds, isLimitedToBranches, type Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { DelegationRow, DelegationStatus } from './delegationTables.ts';

/** Most trackers of one offer. */
export const MAX_TRACKERS = 10_000;

/** Who acts on a delegation: the side of the account that the viewer acts for, or neither (staff looking on). */
export type Side = 'CLIENT' | 'PARTNER' | null;

export function sideOf(delegation: Pick<DelegationRow, 'clientId' | 'partnerId'>, viewer: Viewer): Side {
  if (viewer.kind !== 'PERSON' && viewer.kind !== 'KEY') return null;
  if (delegation.clientId === viewer.accountId) return 'CLIENT';
  return delegation.partnerId === viewer.accountId ? 'PARTNER' : null;
}

/** Offering and taking back is a matter of trackers; who accepts or ends a take-over decides what its account pays. */
const AREA_OF: Record<'CLIENT' | 'PARTNER', Area> = { CLIENT: 'TRACKERS', PARTNER: 'BILLING' };

type Step = { from: DelegationStatus; to: DelegationStatus; by: readonly Side[]; rule: string };

/** The state machine of U09 to U13: the client offers, the partner answers, either side ends. */
const STEPS = {
  ACCEPT: { from: 'OFFERED', to: 'ACTIVE', by: ['PARTNER'], rule: 'U11' },
  REFUSE: { from: 'OFFERED', to: 'REFUSED', by: ['PARTNER'], rule: 'U11' },
  WITHDRAW: { from: 'OFFERED', to: 'WITHDRAWN', by: ['CLIENT'], rule: 'U11' },
  END: { from: 'ACTIVE', to: 'ENDED', by: ['CLIENT', 'PARTNER'], rule: 'U13' },
} as const satisfies Record<string, Step>;

export type DelegationActionName = keyof typeof STEPS;
export const ACTIONS = Object.keys(STEPS) as DelegationActionName[];

export type StepRefusal = Refusal<'NOT_YOURS_TO_ANSWER' | 'AREA_NEEDED' | 'NOT_WAITING'>;

/** Whether the viewer may take the step now; null when they may. */
export function refusesStep(
  delegation: DelegationRow,
  action: DelegationActionName,
  viewer: Viewer,
): StepRefusal | null {
  const { from, by, rule }: Step = STEPS[action];
  const field = ['input', 'delegationId'];
  const side = sideOf(delegation, viewer);
  if (side === null || !by.includes(side)) {
    const message =
      by.length === 2 ? 'Only its two sides can do this.' : `Only the ${by[0]?.toLowerCase()} can do this.`;
    return new Refusal('NOT_YOURS_TO_ANSWER', message, field, rule);
  }
  if (!holds(viewer, AREA_OF[side], 'WRITE')) {
    return new Refusal('AREA_NEEDED', `This needs ${AREA_OF[side]} for writing.`, field, 'O10');
  }
  // The shield says so first; a list of what can be done says it too.
  if (isLimitedToBranches(viewer)) {
    const message = 'A take-over is decided by members who are not limited to branches.';
    return new Refusal('AREA_NEEDED', message, field, 'G12');
  }
  if (delegation.status !== from) {
    const message = `This delegation is ${delegation.status}; it must be ${from} for this.`;
    return new Refusal('NOT_WAITING', message, field, rule);
  }
  return null;
}

/** The delegation after a step that `refusesStep` let pass. */
export function step(
  delegation: DelegationRow,
  action: DelegationActionName,
  by: { userId: string; accountId: string },
  now: Date,
): DelegationRow {
  const status = STEPS[action].to;
  if (action !== 'END') return { ...delegation, status, answeredBy: by.userId, answeredAt: now };
  return { ...delegation, status, endedBy: by.userId, endedByAccount: by.accountId, endedAt: now };
}

/** Offers and acceptances stand on a partnership that is active now. */
export function notYourPartner(field: string[]): Refusal<'NOT_YOUR_PARTNER'> {
  return new Refusal('NOT_YOUR_PARTNER', 'There is no active partnership between the two accounts.', field, 'U09');
}

/** The trackers of an offer as the caller named them; null means all that are free. */
export function readSelection(
  scope: 'ALL' | 'SELECTED',
  trackerIds: readonly string[] | null,
): readonly string[] | null | Refusal<'SCOPE_NOT_READABLE' | 'NO_TRACKERS' | 'TOO_MANY_TRACKERS'> {
  const field = ['input', 'trackerIds'];
  if ((scope === 'ALL') !== (trackerIds === null)) {
    return new Refusal('SCOPE_NOT_READABLE', 'Name trackers with SELECTED, and only with it.', field);
  }
  if (trackerIds?.length === 0) return new Refusal('NO_TRACKERS', 'Name at least one tracker.', field);
  if (trackerIds !== null && trackerIds.length > MAX_TRACKERS) return tooMany();
  return trackerIds;
}

export function tooMany(): Refusal<'TOO_MANY_TRACKERS'> {
  const message = `One offer holds at most ${MAX_TRACKERS} trackers.`;
  return new Refusal('TOO_MANY_TRACKERS', message, ['input', 'trackerIds']);
}
