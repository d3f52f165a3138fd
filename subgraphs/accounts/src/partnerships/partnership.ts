import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { type AreaGrant, areaText, readAreaText, readGrants, within } from '@comptoir/shared/viewer/areas.ts';
import { holdsAll, type Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { PartnershipRow, PartnershipStatus } from './partnershipTables.ts';

/** Who acts on a partnership: the side of the account that the viewer acts for, or neither (staff looking on). */
export type Side = 'PARTNER' | 'CLIENT' | null;

export function sideOf(partnership: PartnershipRow, accountId: string): Side {
  if (partnership.partnerId === accountId) return 'PARTNER';
  return partnership.clientId === accountId ? 'CLIENT' : null;
}

type Step = { from: PartnershipStatus; to: PartnershipStatus; by: readonly Side[] };

/** The state machine of U05: the partner asks, the client answers, either side ends. */
const STEPS = {
  ACCEPT: { from: 'REQUESTED', to: 'ACTIVE', by: ['CLIENT'] },
  REFUSE: { from: 'REQUESTED', to: 'REFUSED', by: ['CLIENT'] },
  WITHDRAW: { from: 'REQUESTED', to: 'WITHDRAWN', by: ['PARTNER'] },
  END: { from: 'ACTIVE', to: 'ENDED', by: ['PARTNER', 'CLIENT'] },
} as const satisfies Record<string, Step>;

export type PartnershipActionName = keyof typeof STEPS;
export const ACTIONS = Object.keys(STEPS) as PartnershipActionName[];

export type StepRefusal = Refusal<'NOT_YOURS_TO_ANSWER' | 'NOT_WAITING'>;

/** Whether that side may take the step now; null when it may. */
export function refusesStep(
  partnership: PartnershipRow,
  action: PartnershipActionName,
  side: Side,
): StepRefusal | null {
  const { from, by }: Step = STEPS[action];
  const field = ['input', 'partnershipId'];
  if (!by.includes(side)) {
    return new Refusal(
      'NOT_YOURS_TO_ANSWER',
      by.includes('CLIENT') ? 'Only the client can do this.' : 'Only the partner can do this.',
      field,
      'U05',
    );
  }
  if (partnership.status !== from) {
    return new Refusal(
      'NOT_WAITING',
      `This partnership is ${partnership.status}; it must be ${from} for this.`,
      field,
      'U05',
    );
  }
  return null;
}

/** The partnership after a step that `refusesStep` let pass. */
export function step(
  partnership: PartnershipRow,
  action: PartnershipActionName,
  userId: string,
  now: Date,
): PartnershipRow {
  const status = STEPS[action].to;
  if (action === 'END') return { ...partnership, status, endedBy: userId, endedAt: now };
  return { ...partnership, status, answeredBy: userId, answeredAt: now };
}

export type GrantRefusal = Refusal<'AREAS_NOT_READABLE' | 'MORE_THAN_ASKED' | 'MORE_THAN_YOU_HOLD'>;

/** What the client grants: within what the partner asks, and never more than the person who accepts holds (O10). */
export function grant(
  partnership: PartnershipRow,
  wished: readonly AreaGrant[] | null,
  viewer: Viewer,
): PartnershipRow | GrantRefusal {
  const field = ['input', 'areas'];
  const asked = partnership.askedAreas.map(readAreaText);
  const granted = wished === null ? asked : readGrants(wished);
  if (granted === null) return new Refusal('AREAS_NOT_READABLE', 'Name at least one area, each once.', field);
  if (!within(granted, asked))
    return new Refusal('MORE_THAN_ASKED', 'Grant no more than the partner asks for.', field, 'U08');
  if (!holdsAll(viewer, granted)) {
    return new Refusal(
      'MORE_THAN_YOU_HOLD',
      'You cannot grant more than you hold yourself. Ask an owner to accept.',
      field,
      'O10',
    );
  }
  return { ...partnership, grantedAreas: granted.map(areaText) };
}
