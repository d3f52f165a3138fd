import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { lockRow } from '@comptoir/shared/database/lockRow.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { type AreaGrant, type Areas, type AreaText, covers, readAreaText } from '@comptoir/shared/viewer/areas.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { type EntityManager, In } from 'typeorm';
import { areasIn } from '../people/accountScope.ts';
import { type MembershipRow, MembershipTable } from '../people/userTables.ts';
import { type GiveRefusal, type Giver, refusesCeiling, refusesGift } from './invitation.ts';
import { type InvitationRow, InvitationTable } from './invitationTables.ts';

/**
 * Who stands for an invitation, as they stand now: their membership in the account by which they gave it, or that
 * account's key, and what they hold where it leads.
 */
export type GiverNow = { giver: Giver; held: Areas };
type Given = Pick<MembershipRow, 'accountId' | 'type' | 'role' | 'areas' | 'branches'>;

/** An invitation that waits for its answer, of which the database allows one per membership. */
const OPEN = ['PENDING', 'INVITATION_SENT'] as const;
const INVITE: AreaGrant[] = [{ area: 'SECURITY', verb: 'WRITE' }];

/**
 * Whether what an invitation gives may be given by the one who stands for it now; null when it may (O10). `card` is the
 * card by which the invited person is a contact (G09). What was given by somebody who left, or holds less, is not taken
 * up any more: the account sends it again.
 */
export function refusesGiven(
  given: Given,
  now: GiverNow | null,
  card: string | null,
): Refusal<'NOT_GIVEN_ANY_MORE'> | null {
  const { accountId, type, role, branches } = given;
  const areas = given.areas.map(readAreaText);
  const refused = (
    rule: string,
    message = 'Whoever invited you may not give this any more. Ask the account to send it again.',
  ) => new Refusal('NOT_GIVEN_ANY_MORE' as const, message, null, rule);
  if (card !== null && isOnlyClient({ type, role })) {
    return refused(
      'G09',
      'The account keeps you as a contact meanwhile, which is another role. Ask it to invite you again.',
    );
  }
  if (now === null || !covers(now.held, INVITE) || refusesCeiling(role, areas) !== null) return refused('O10');
  if (refusesGift(now.giver, accountId, now.held, { role, areas }) !== null) return refused('O10');
  const limit = now.giver.branches;
  const inside = limit === undefined || branches?.every((id) => limit.includes(id)) === true;
  return inside ? null : refused('G12');
}

/**
 * True when a card of the person stands in the way of that role (G09). Anyone who opened the account is no contact of
 * it, whatever cards there are.
 */
export const isOnlyClient = ({ type, role }: Pick<MembershipRow, 'type' | 'role'>): boolean =>
  role !== 'CLIENT' && type !== 'OWNER';

/** Reads all that `refusesGiven` looks at. For the system role. */
export async function refusesGivenNow(
  tx: EntityManager,
  { membershipId, givenBy, givenVia, email }: InvitationRow,
  now: Date,
): Promise<Refusal<'NOT_GIVEN_ANY_MORE'> | null> {
  type Row = Given & { card: string | null };
  const [given]: Row[] = await tx.query(
    `select ${columnsOf(MembershipTable, 'm', ['accountId', 'type', 'role', 'areas', 'branches'])}, contact_card_of(m.account_id, m.user_id, $2) as card
     from membership m where m.id = $1`,
    [membershipId, email],
  );
  if (given === undefined) throw new Error(`There is no membership ${membershipId}.`);
  const giver = givenVia === null ? null : await findGiver(tx, givenBy, givenVia, given.accountId, now);
  if (giver === null) return refusesGiven(given, null, given.card);
  return refusesGiven(given, { giver, held: await areasIn(tx, giver, given.accountId, now) }, given.card);
}

/**
 * Who stands for an invitation by its id, as they stand now: a member, or a key of the account (G15), which acts as a
 * MEMBER by its own id, lives on without its maker, and reaches no other account than it may. Null when no one does.
 */
async function findGiver(tx: EntityManager, id: string | null, via: string, accountId: string, now: Date) {
  type Standing = {
    kind: Giver['kind'];
    role: PersonViewer['role'];
    areas: AreaText[];
    branches: string[] | null;
    accounts: string[] | null;
  };
  const [standing]: Standing[] = await tx.query(
    `select 'PERSON' as kind, m.role, m.areas, m.branches, null::uuid[] as accounts
     from membership m join app_user u on u.id = m.user_id and u.status = 'ACTIVE'
     where m.user_id = $1 and m.account_id = $2 and m.status = 'ACTIVE'
     union all
     select 'KEY', 'MEMBER', k.areas, null::uuid[], k.accounts
     from api_key k where k.id = $1 and k.account_id = $2 and k.user_id is null and k.revoked_at is null
       and (k.not_before is null or k.not_before <= $3) and (k.expires_at is null or k.expires_at > $3)`,
    [id, via, now],
  );
  if (standing === undefined) return null;
  const { kind, role, branches, accounts } = standing;
  if (accounts !== null && accountId !== via && !accounts.includes(accountId)) return null;
  const areas: Areas = Object.fromEntries(standing.areas.map((text) => text.split(':')));
  return { kind, accountId: via, role, areas, ...(branches === null ? {} : { branches }) };
}

/** Whether somebody may stand for what a membership was given; null when they may (O10). */
export async function refusesToStandFor(
  tx: EntityManager,
  viewer: PersonViewer,
  membership: Given,
  now: Date,
): Promise<GiveRefusal | null> {
  const { accountId, role } = membership;
  const areas = membership.areas.map(readAreaText);
  return refusesGift(viewer, accountId, await areasIn(tx, viewer, accountId, now), { role, areas });
}

/**
 * Locks the open invitation of a membership, if there is one: always before the membership itself, as the one who
 * answers it does.
 */
export async function lockOpenInvitation(tx: EntityManager, membershipId: string): Promise<void> {
  await lockRow(tx, InvitationTable, { membershipId, status: In(OPEN) }, { id: true });
}

/**
 * Anyone who changed what an open invitation gives stands for it from now on, if they could give all of it. The
 * invitation was locked before.
 */
export async function standForChanged(
  tx: EntityManager,
  viewer: PersonViewer,
  membership: MembershipRow,
  now: Date,
): Promise<void> {
  if (membership.status !== 'PENDING' && membership.status !== 'INVITATION_SENT') return;
  if ((await refusesToStandFor(tx, viewer, membership, now)) !== null) return;
  const open = { membershipId: membership.id, status: In(OPEN) };
  await tx.update(InvitationTable, open, { givenBy: viewer.userId, givenVia: viewer.accountId });
}
