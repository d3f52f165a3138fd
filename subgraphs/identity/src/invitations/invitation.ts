import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { AREAS, type AreaGrant, type Areas, covers, readGrants } from '@comptoir/shared/viewer/areas.ts';
import { aboveCeiling, ceilingOf, isAbove, type Role } from '@comptoir/shared/viewer/roles.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { InvitationRow, StoredStatus } from './invitationTables.ts';

/** How long an invitation is good for, in milliseconds of the installation's clock (N04). */
export const INVITATION_LIFE_MS = 7 * 86_400_000;
/** How long after a mail the next one may be asked for (G17). */
export const COOL_DOWN_MS = 60_000;

export type InvitationStatus = StoredStatus | 'EXPIRED';
type Timed = Pick<InvitationRow, 'status' | 'askedAt' | 'expiresAt'>;

/** No one has answered it, and it was not taken back; it may have expired. */
export const isOpen = ({ status }: Pick<InvitationRow, 'status'>): boolean =>
  status === 'PENDING' || status === 'INVITATION_SENT';

export const statusOf = (invitation: Timed, now: Date): InvitationStatus =>
  isOpen(invitation) && invitation.expiresAt <= now ? 'EXPIRED' : invitation.status;

/** From when the next mail may be asked for; null when at once. */
export function coolsUntil({ askedAt }: Pick<Timed, 'askedAt'>, now: Date): Date | null {
  const until = new Date(askedAt.getTime() + COOL_DOWN_MS);
  return until > now ? until : null;
}

export const invitationNotFound = (): Refusal<'INVITATION_NOT_FOUND'> =>
  new Refusal('INVITATION_NOT_FOUND', 'There is no such invitation.', ['input', 'invitationId']);

export const closed = (status: StoredStatus): Refusal<'INVITATION_CLOSED'> =>
  new Refusal('INVITATION_CLOSED', `This invitation is ${status.toLowerCase()}.`, ['input', 'invitationId'], 'O12');

export function tooSoon(until: Date): Refusal<'TOO_SOON'> {
  const message = `A mail was asked for less than a minute ago. Try again at ${until.toISOString()}.`;
  return new Refusal('TOO_SOON', message, null, 'G17');
}

/** Whether it may be mailed again; null when it may (G17). An expired one may. */
export function refusesResend(invitation: Timed, now: Date): Refusal<'INVITATION_CLOSED' | 'TOO_SOON'> | null {
  if (!isOpen(invitation)) return closed(invitation.status);
  const until = coolsUntil(invitation, now);
  return until === null ? null : tooSoon(until);
}

/** Roles that hold every area for writing, whatever is granted. */
export const holdsEverything = (role: Role): boolean => role === 'OWNER' || role === 'ADMIN';

export const EVERYTHING: AreaGrant[] = AREAS.map((area) => ({ area, verb: 'WRITE' }));

/** Whether areas are above the ceiling of a role; null when they are within (G09, O10). */
export function refusesCeiling(role: Role, areas: readonly AreaGrant[]): Refusal<'ABOVE_ROLE'> | null {
  const [first] = aboveCeiling(role, areas);
  if (first === undefined) return null;
  const most = ceilingOf(role, first.area) === null ? 'never' : 'for reading at most';
  const message = `The role ${role} holds ${first.area} ${most}.`;
  return new Refusal('ABOVE_ROLE', message, ['input', 'areas'], role === 'CLIENT' ? 'G09' : 'O10');
}

/** The areas of a role, within its ceiling: those that are named, or all for a role that holds all (O10). */
export function readRoleAreas(
  role: Role,
  areas: readonly AreaGrant[] | null,
): AreaGrant[] | Refusal<'AREAS_NOT_READABLE' | 'ABOVE_ROLE'> {
  const field = ['input', 'areas'];
  if (holdsEverything(role)) {
    if (areas === null || areas.length === 0) return EVERYTHING;
    return new Refusal('AREAS_NOT_READABLE', `An ${role} holds every area: leave areas out.`, field, 'O10');
  }
  const read = readGrants(areas ?? []);
  if (read === null) return new Refusal('AREAS_NOT_READABLE', 'Name at least one area, each once.', field, 'O10');
  return refusesCeiling(role, read) ?? read;
}

export type GiveRefusal = Refusal<'ROLE_NOT_YOURS_TO_GIVE' | 'MORE_THAN_YOU_HOLD' | 'ROLE_ABOVE_YOURS'>;

/** Who gives: by which account, in which role there. A key makes no owner. */
export type Giver = Pick<PersonViewer, 'accountId' | 'role' | 'branches'> & { kind: 'PERSON' | 'KEY' };

/**
 * True when a role is above that of the one who gives it (O10). In an account that a partnership opens, a partner's
 * people stand as members, whatever they are at home; the provider's staff stand above no one and below no one.
 */
export const isAboveGiver = (giver: Giver, accountId: string, role: Role): boolean =>
  isAbove(role, giver.accountId === accountId || giver.role === 'STAFF' ? giver.role : 'MEMBER');

/** A role above one's own is neither given nor opened again (O10). */
export const roleAboveYours = (role: Role, field: string[]): Refusal<'ROLE_ABOVE_YOURS'> =>
  new Refusal('ROLE_ABOVE_YOURS', `The role ${role} is above your own here.`, field, 'O10');

/**
 * Whether somebody may give that role with those areas in an account where they hold `held`; null when they may. No one
 * grants more than they hold (O10), nor a role above their own; owners are made by owners, staff by staff within the
 * provider, and a role that is never limited by no one who is.
 */
export function refusesGift(
  giver: Giver,
  accountId: string,
  held: Areas,
  { role, areas }: { role: Role; areas: readonly AreaGrant[] },
): GiveRefusal | null {
  const own = giver.accountId === accountId;
  const may =
    (role !== 'OWNER' || (own && giver.kind === 'PERSON' && giver.role === 'OWNER')) &&
    (role !== 'STAFF' || (own && giver.role === 'STAFF')) &&
    (!holdsEverything(role) || giver.branches === undefined);
  if (!may) {
    const message = `You cannot make somebody ${role} here.`;
    return new Refusal('ROLE_NOT_YOURS_TO_GIVE', message, ['input', 'role'], 'O10');
  }
  if (!covers(held, areas)) {
    const message = 'You cannot give more than you hold yourself.';
    return new Refusal('MORE_THAN_YOU_HOLD', message, ['input', 'areas'], 'O10');
  }
  return isAboveGiver(giver, accountId, role) ? roleAboveYours(role, ['input', 'role']) : null;
}

export type InvitationActionName = 'ACCEPT' | 'REFUSE' | 'RESEND' | 'WITHDRAW';

/**
 * What somebody can do with an invitation. `invited`: it is to them; `manages`: they may write people of its account.
 */
export function invitationActions(
  invitation: Timed,
  { invited, manages }: { invited: boolean; manages: boolean },
  now: Date,
): { action: InvitationActionName; allowed: boolean; reason: string | null; deadline: Date | null }[] {
  const status = statusOf(invitation, now);
  const over = isOpen(invitation) ? null : closed(invitation.status).message;
  const expired = status === 'EXPIRED' ? 'It has expired; the account can send it again.' : null;
  const answer = invited ? (over ?? expired) : 'Only the invited person answers.';
  const manage = manages ? over : 'This needs SECURITY for writing.';
  const until = coolsUntil(invitation, now);
  const resend = manage ?? (until === null ? null : tooSoon(until).message);
  const open = over === null && expired === null;
  const action = (name: InvitationActionName, reason: string | null, deadline: Date | null) => ({
    action: name,
    allowed: reason === null,
    reason,
    deadline,
  });
  return [
    action('ACCEPT', answer, open ? invitation.expiresAt : null),
    action('REFUSE', answer, open ? invitation.expiresAt : null),
    action('RESEND', resend, over === null ? until : null),
    action('WITHDRAW', manage, null),
  ];
}
