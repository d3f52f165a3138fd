import { newId } from '@comptoir/shared/values/uuid.ts';
import { AREAS } from '@comptoir/shared/viewer/areas.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { anonymous } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { accountsDouble } from '../testing/accountsDouble.ts';
import {
  type Answer,
  EVERY_AREA,
  type IdentityFixture,
  PASSWORD,
  startIdentity,
  tokenIn,
} from '../testing/identityFixture.ts';

const accounts = accountsDouble();
let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity({ accounts });
  await identity.subgraph.startJobs();
});
afterAll(() => identity.stop());

const mutation = (name: string, type: string, payload: string): string =>
  `mutation ($input: ${type}Input!) { ${name}(input: $input) { ${payload} userErrors { code field rule } } }`;
const INVITE = mutation('invitationCreate', 'InvitationCreate', 'invitation { id membership { id } }');
const RESEND = mutation('invitationResend', 'InvitationResend', 'invitation { id }');
const ACCEPT = mutation(
  'invitationAccept',
  'InvitationAccept',
  'membership { role areas { area verb } } session { sessionId }',
);
const REFUSE = mutation('invitationRefuse', 'InvitationRefuse', 'invitationId');
const SET_AREAS = mutation('membershipAreasSet', 'MembershipAreasSet', 'membership { id }');

const GIFT = [{ area: 'BILLING', verb: 'WRITE' }];
const CLERK = ['SECURITY:WRITE', 'BILLING:WRITE'];
const codeOf = ({ userErrors }: Answer): string | null => userErrors[0]?.code ?? null;
const clerkOf = (owner: PersonViewer): Promise<PersonViewer & { email: string }> =>
  identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: CLERK as Answer });
const change = (sql: string, id: string) => identity.admin.query(sql, [id]);

test.each([
  ['was deactivated', `update membership set status = 'INACTIVE' where id = $1`],
  ['was removed', `update membership set status = 'REMOVED' where id = $1`],
  ['may not add people any more', `update membership set areas = '{SECURITY:READ,BILLING:WRITE}' where id = $1`],
  ['holds less than they gave', `update membership set areas = '{SECURITY:WRITE,BILLING:READ}' where id = $1`],
  ['was limited to a branch', `update membership set branches = array[uuidv7()] where id = $1`],
  [
    'has no login any more',
    `update app_user set status = 'INACTIVE' where id = (select user_id from membership where id = $1)`,
  ],
])('O10 an invitation is judged again when it is accepted: whoever invited %s', async (_what, sql) => {
  const owner = await identity.person();
  const [clerk, guest] = [await clerkOf(owner), await identity.person()];
  const { invitation } = await identity.ask(INVITE, { email: guest.email, role: 'MEMBER', areas: GIFT }, clerk);
  await change(sql, clerk.membershipId);
  const refused = await identity.ask(ACCEPT, { invitationId: invitation.id }, guest);
  expect(refused).toMatchObject({ membership: null, userErrors: [{ code: 'NOT_GIVEN_ANY_MORE' }] });
  const { rows } = await change('select status from membership where id = $1', invitation.membership.id);
  expect(rows[0].status).not.toBe('ACTIVE');
  // Anyone who sends it again stands for it.
  identity.advance(61_000);
  expect(codeOf(await identity.ask(RESEND, { invitationId: invitation.id }, owner))).toBeNull();
  expect(codeOf(await identity.ask(ACCEPT, { invitationId: invitation.id }, guest))).toBeNull();
});

test('O10 by the mailed link, too, and refusing is open to them always', async () => {
  const owner = await identity.person();
  const clerk = await clerkOf(owner);
  const email = `${newId()}@example.org`;
  await identity.ask(INVITE, { email, role: 'MEMBER', areas: GIFT }, clerk);
  const token = tokenIn((await identity.mailbox.waitFor(email)).text);
  await change(`update membership set areas = '{SECURITY:WRITE}' where id = $1`, clerk.membershipId);
  const refused = await identity.ask(ACCEPT, { token, password: PASSWORD }, anonymous());
  expect([refused.session, codeOf(refused)]).toEqual([null, 'NOT_GIVEN_ANY_MORE']);
  expect((await identity.admin.query('select password_hash from app_user where email = $1', [email])).rows).toEqual([
    { password_hash: null },
  ]);
  expect(codeOf(await identity.ask(REFUSE, { token }, anonymous()))).toBeNull();
});

test('O10 an ADMIN who is none any more made no ADMIN; nobody sends again what they could not give', async () => {
  const owner = await identity.person();
  const [admin, clerk] = [await identity.person({ accountId: owner.accountId, role: 'ADMIN' }), await clerkOf(owner)];
  const everybody = await identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: EVERY_AREA });
  const guest = await identity.person();
  const { invitation } = await identity.ask(INVITE, { email: guest.email, role: 'ADMIN' }, admin);
  await change(`update membership set role = 'MEMBER' where id = $1`, admin.membershipId);
  expect(codeOf(await identity.ask(ACCEPT, { invitationId: invitation.id }, guest))).toBe('NOT_GIVEN_ANY_MORE');
  identity.advance(61_000);
  const again = async (by: PersonViewer): Promise<string | null> =>
    codeOf(await identity.ask(RESEND, { invitationId: invitation.id }, by));
  expect([await again(clerk), await again(everybody), await again(owner)]).toEqual([
    'MORE_THAN_YOU_HOLD',
    'ROLE_ABOVE_YOURS',
    null,
  ]);
  expect((await identity.ask(ACCEPT, { invitationId: invitation.id }, guest)).membership.role).toBe('ADMIN');
});

test('O10 whoever changes what an open invitation gives stands for it, where they could give all of it', async () => {
  const owner = await identity.person();
  const [clerk, guest] = [await clerkOf(owner), await identity.person()];
  const { invitation } = await identity.ask(INVITE, { email: guest.email, role: 'MEMBER', areas: GIFT }, clerk);
  const areas = [...GIFT, { area: 'TRACKERS', verb: 'READ' }];
  expect(codeOf(await identity.ask(SET_AREAS, { membershipId: invitation.membership.id, areas }, owner))).toBeNull();
  await change(`update membership set status = 'REMOVED' where id = $1`, clerk.membershipId);
  expect((await identity.ask(ACCEPT, { invitationId: invitation.id }, guest)).membership.areas).toEqual(areas);
});

test('O10 a partner’s invitation ends with what the partnership opened; its people make no ADMIN there, whatever it opens', async () => {
  const [client, partner, guest] = [await identity.person(), await identity.person(), await identity.person()];
  const open = (area: string, verb: string) =>
    identity.admin.query(
      `insert into access.reach (holder, account, area, verb, valid, partnership_id) values ($1, $2, $3, $4, tstzrange($5, null), $6)`,
      [partner.accountId, client.accountId, area, verb, new Date(0), newId()],
    );
  for (const area of ['LINK', ...AREAS]) {
    await open(area, 'READ');
    if (area !== 'LINK') await open(area, 'WRITE');
  }
  const into = (email: string, role: string): Promise<Answer> =>
    identity.ask(INVITE, { accountId: client.accountId, email, role, areas: role === 'ADMIN' ? null : GIFT }, partner);
  expect(codeOf(await into(`${newId()}@example.org`, 'ADMIN'))).toBe('ROLE_ABOVE_YOURS');
  const { invitation } = await into(guest.email, 'MEMBER');
  await identity.admin.query(
    `update access.reach set valid = tstzrange(lower(valid), $3) where holder = $1 and account = $2 and area = 'BILLING'`,
    [partner.accountId, client.accountId, new Date(1)],
  );
  expect(codeOf(await identity.ask(ACCEPT, { invitationId: invitation.id }, guest))).toBe('NOT_GIVEN_ANY_MORE');
});
