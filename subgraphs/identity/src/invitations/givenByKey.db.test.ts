import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Areas } from '@comptoir/shared/viewer/areas.ts';
import type { KeyViewer, PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());

const mutation = (name: string, type: string, payload: string): string =>
  `mutation ($input: ${type}Input!) { ${name}(input: $input) { ${payload} userErrors { code field rule } } }`;
const CREATE = mutation('apiKeyCreate', 'ApiKeyCreate', 'apiKey { id }');
const INVITE = mutation('invitationCreate', 'InvitationCreate', 'invitation { id invitedBy { id } membership { id } }');
const RESEND = mutation('invitationResend', 'InvitationResend', 'invitation { id }');
const ACCEPT = mutation('invitationAccept', 'InvitationAccept', 'membership { role areas { area verb } }');
const SET_AREAS = mutation('membershipAreasSet', 'MembershipAreasSet', 'membership { id }');

const GIFT = [{ area: 'BILLING', verb: 'WRITE' }];
const HELD = [{ area: 'SECURITY', verb: 'WRITE' }, ...GIFT];
const codeOf = ({ userErrors }: Answer): string | null => userErrors[0]?.code ?? null;
const change = (sql: string, id: string) => identity.admin.query(sql, [id]);

/** A key of the account, as the gateway lets it in. */
async function accountKey({ accountId, ...owner }: PersonViewer, more: object = {}): Promise<KeyViewer> {
  const input = { name: 'people', owner: 'ACCOUNT', areas: HELD, ...more };
  const { apiKey } = await identity.ask(CREATE, input, { accountId, ...owner });
  const id = apiKey.id;
  const areas: Areas = { SECURITY: 'WRITE', BILLING: 'WRITE' };
  const own = { kind: 'KEY' as const, ofAccount: true as const, keyId: id, userId: id, membershipId: id };
  return { ...own, accountId, role: 'MEMBER', areas, requestId: newId(), address: '127.0.0.1', networks: [] };
}
const invite = (email: string, by: KeyViewer | PersonViewer, role = 'MEMBER'): Promise<Answer> =>
  identity.ask(INVITE, { email, role, areas: GIFT }, by);

test('O10 what a key of the account gives is taken up, also after its maker left', async () => {
  const owner = await identity.person();
  const maker = await identity.person({ accountId: owner.accountId, role: 'ADMIN' });
  const [key, guest] = [await accountKey(maker), await identity.person()];
  const { invitation } = await invite(guest.email, key);
  expect(invitation.invitedBy).toBeNull();
  await change(`update membership set status = 'REMOVED' where id = $1`, maker.membershipId);
  const accepted = await identity.ask(ACCEPT, { invitationId: invitation.id }, guest);
  expect(accepted).toEqual({ membership: { role: 'MEMBER', areas: GIFT }, userErrors: [] });
});

test.each([
  ['was revoked', `update api_key set revoked_at = now() where id = $1`],
  ['has expired', `update api_key set expires_at = now() - interval '1 day' where id = $1`],
  ['is not good yet', `update api_key set not_before = '2199-01-01' where id = $1`],
  ['opens less', `update api_key set areas = '{SECURITY:WRITE}' where id = $1`],
  ['may not add people any more', `update api_key set areas = '{SECURITY:READ,BILLING:WRITE}' where id = $1`],
  ['is a member’s by now', `update api_key set user_id = created_by where id = $1`],
])('O10 a key of the account that gave something is judged again when it is accepted: it %s', async (_what, sql) => {
  const owner = await identity.person();
  const [key, guest] = [await accountKey(owner), await identity.person()];
  const { invitation } = await invite(guest.email, key);
  await change(sql, key.keyId);
  expect(codeOf(await identity.ask(ACCEPT, { invitationId: invitation.id }, guest))).toBe('NOT_GIVEN_ANY_MORE');
  identity.advance(61_000);
  expect(codeOf(await identity.ask(RESEND, { invitationId: invitation.id }, owner))).toBeNull();
  expect(codeOf(await identity.ask(ACCEPT, { invitationId: invitation.id }, guest))).toBeNull();
});

test('O10 a key that sends a colleague’s invitation again, or changes it, stands for it and does not break it', async () => {
  const owner = await identity.person();
  const key = await accountKey(owner);
  for (const touch of [
    (invitation: Answer) => identity.ask(RESEND, { invitationId: invitation.id }, key),
    (invitation: Answer) => identity.ask(SET_AREAS, { membershipId: invitation.membership.id, areas: HELD }, key),
  ]) {
    const guest = await identity.person();
    const { invitation } = await invite(guest.email, owner);
    identity.advance(61_000);
    expect(codeOf(await touch(invitation))).toBeNull();
    expect(codeOf(await identity.ask(ACCEPT, { invitationId: invitation.id }, guest))).toBeNull();
  }
});

test('O10 a key of the account is a MEMBER: it gives no role above, and takes over nothing that it could not give', async () => {
  const owner = await identity.person();
  const [key, guest] = [await accountKey(owner), await identity.person()];
  const admin = await identity.ask(INVITE, { email: guest.email, role: 'ADMIN' }, key);
  expect(codeOf(admin)).toBe('MORE_THAN_YOU_HOLD');
  const { invitation } = await identity.ask(INVITE, { email: guest.email, role: 'ADMIN' }, owner);
  identity.advance(61_000);
  expect(codeOf(await identity.ask(RESEND, { invitationId: invitation.id }, key))).toBe('MORE_THAN_YOU_HOLD');
  expect((await identity.ask(ACCEPT, { invitationId: invitation.id }, guest)).membership.role).toBe('ADMIN');
});
