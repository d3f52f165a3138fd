import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { type AreaGrant, areaText } from '@comptoir/shared/viewer/areas.ts';
import type { Role } from '@comptoir/shared/viewer/roles.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import { areasIn } from '../people/accountScope.ts';
import type { Language, MembershipRow } from '../people/userTables.ts';
import { coolsUntil, type GiveRefusal, INVITATION_LIFE_MS, refusesGift, tooSoon } from './invitation.ts';
import {
  addInvitation,
  addPendingMembership,
  askAgain,
  findCardOf,
  findLanguage,
  loadNewestInvitations,
  lockMembershipOf,
  personToInvite,
} from './invitationStore.ts';
import type { InvitationRow } from './invitationTables.ts';

/** Who is to be asked into which account, with what. Everything is readable; whether it may be given is still open. */
export type Gift = {
  accountId: string;
  email: string;
  role: Role;
  areas: AreaGrant[];
  networks: string[];
  branches: string[] | null;
  contactId: string | null;
  /** Null is the giver's own. */
  language: Language | null;
};

export type InviteRefusal =
  | GiveRefusal
  | Refusal<'CONTACT_IS_CLIENT' | 'ALREADY_MEMBER' | 'ALREADY_INVITED' | 'TOO_SOON'>;

/** What a payload tells of an invitation that was asked for. `retryAt` belongs to TOO_SOON. */
export type Invited = { invitation: InvitationRow } | { refused: InviteRefusal; retryAt: Date | null };

/**
 * Asks a person into an account: makes login and membership where there are none, and queues the mail. The same
 * statements whether or not the e-mail has a login (O07). The account was found writable before.
 */
export async function invite(tx: EntityManager, giver: PersonViewer, gift: Gift, now: Date): Promise<Invited> {
  const held = await areasIn(tx, giver, gift.accountId, now);
  const notYours = refusesGift(giver, gift.accountId, held, gift);
  if (notYours !== null) return { refused: notYours, retryAt: null };

  const { userId, hasLogin } = await personToInvite(tx, gift.email, now);
  // By whichever way: somebody whom the account has on a card is a contact of it, and stays a CLIENT.
  const card = gift.contactId ?? (await findCardOf(tx, { ...gift, userId }));
  if (card !== null && gift.role !== 'CLIENT') return { refused: contactIsClient(), retryAt: null };
  const membership: MembershipRow = {
    id: newId(),
    userId,
    accountId: gift.accountId,
    type: hasLogin ? 'GUEST' : 'CONTACT',
    role: gift.role,
    areas: gift.areas.map(areaText),
    networks: gift.networks,
    branches: gift.branches,
    contactId: card,
    status: 'PENDING',
    accountReady: true,
    acceptedAt: null,
    createdAt: now,
  };
  const added = await addPendingMembership(tx, membership);
  const known = added ? null : await lockMembershipOf(tx, membership);
  if (known !== null) {
    const refused = await refusesAgain(tx, known, now);
    if (refused !== null) return refused;
    await askAgain(tx, { ...membership, id: known.id });
  } else if (!added) {
    // There is one, which this viewer may not touch.
    return { refused: alreadyMember(), retryAt: null };
  }

  const invitation: InvitationRow = {
    id: newId(),
    accountId: gift.accountId,
    membershipId: known?.id ?? membership.id,
    userId,
    email: gift.email,
    language: gift.language ?? (await findLanguage(tx, giver.userId)),
    status: 'PENDING',
    invitedBy: giver.userId,
    givenBy: giver.userId,
    givenVia: giver.accountId,
    mailId: newId(),
    askedAt: now,
    sentAt: null,
    expiresAt: new Date(now.getTime() + INVITATION_LIFE_MS),
    answeredAt: null,
    createdAt: now,
  };
  await addInvitation(tx, invitation);
  return { invitation };
}

/** A contact's role is CLIENT for as long as it is a contact (G09). */
export const contactIsClient = (field = ['input', 'role']): Refusal<'CONTACT_IS_CLIENT'> =>
  new Refusal(
    'CONTACT_IS_CLIENT',
    'This person is a contact of the account: the role is CLIENT for as long as there is the card.',
    field,
    'G09',
  );

const alreadyMember = (): Refusal<'ALREADY_MEMBER'> =>
  new Refusal('ALREADY_MEMBER', 'This e-mail is a member of the account already.', ['input', 'email'], 'O02');

/** Whether a person whom the account has asked before may not be asked now; null when they may. */
async function refusesAgain(
  tx: EntityManager,
  { id, status }: MembershipRow,
  now: Date,
): Promise<Extract<Invited, { refused: unknown }> | null> {
  if (status === 'ACTIVE' || status === 'INACTIVE') return { refused: alreadyMember(), retryAt: null };
  if (status === 'PENDING' || status === 'INVITATION_SENT') {
    const message = 'This e-mail is invited already: send that invitation again, or withdraw it.';
    return { refused: new Refusal('ALREADY_INVITED', message, ['input', 'email'], 'G17'), retryAt: null };
  }
  // Withdrawing and inviting anew is no way around the cool-down.
  const [last] = await loadNewestInvitations(tx, [id]);
  const until = last === undefined ? null : coolsUntil(last, now);
  return until === null ? null : { refused: tooSoon(until), retryAt: until };
}
