import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { accountsDouble } from '../testing/accountsDouble.ts';
import { type Answer, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';

/** What an account reads of people who left it, and changed their address since (G14). */
let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity({ accounts: accountsDouble() });
});
afterAll(() => identity.stop());

const AREAS = [{ area: 'SECURITY', verb: 'WRITE' }];
// What a contact may hold of it.
const LOOKS = [{ area: 'SECURITY', verb: 'READ' }];
const INVITE = `mutation ($input: InvitationCreateInput!) { invitationCreate(input: $input) { invitation { id membership { id } } userErrors { code } } }`;
const GIVE = `mutation ($input: ContactAccessGiveInput!) { contactAccessGive(input: $input) { invitation { id membership { id } } userErrors { code } } }`;
const CARD = `mutation ($input: ContactCreateInput!) { contactCreate(input: $input) { contact { id } userErrors { code } } }`;
const UPDATE = `mutation ($input: ContactUpdateInput!) { contactUpdate(input: $input) { userErrors { code } } }`;
const ACCEPT = `mutation ($input: InvitationAcceptInput!) { invitationAccept(input: $input) { userErrors { code } } }`;
const REMOVE = `mutation ($input: MembershipSwitchInput!) { membershipRemove(input: $input) { membership { email user { email displayName } } userErrors { code } } }`;
const RECORD = `query ($id: ID!) { membership(id: $id) { status email user { email displayName } apiKeys { nodes { createdBy { email } } } } }`;
const USER = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { id email displayName } } }`;
const KEY = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { apiKey { id } userErrors { code } } }`;

const answered = async (query: string, variables: Record<string, unknown>, viewer: Viewer): Promise<Answer> => {
  const { data, errors } = await identity.execute(query, variables, viewer);
  expect(errors).toBeUndefined();
  return Object.values(data as Answer)[0];
};
const record = (viewer: Viewer, id: string): Promise<Answer> => answered(RECORD, { id }, viewer);
const user = async (viewer: Viewer, id: string): Promise<Answer> =>
  (await answered(USER, { r: [{ __typename: 'User', id }] }, viewer))[0];

type Member = { person: PersonViewer & { email: string }; membershipId: string; here: PersonViewer };

/** A person with an account of their own who is invited into the owner's, on a card when there is one, and accepts. */
async function join(owner: PersonViewer, contactId?: string, email = `${newId()}@example.org`): Promise<Member> {
  const person = await identity.person({ email });
  const asked = { role: 'MEMBER', areas: AREAS };
  const { invitation } =
    contactId === undefined
      ? await identity.ask(INVITE, { email, ...asked }, owner)
      : await identity.ask(GIVE, { contactId, areas: LOOKS }, owner);
  expect((await identity.ask(ACCEPT, { invitationId: invitation.id }, person)).userErrors).toEqual([]);
  const membershipId = invitation.membership.id;
  return { person, membershipId, here: { ...person, accountId: owner.accountId, membershipId, role: 'MEMBER' } };
}
const move = (userId: string, to: string) =>
  identity.admin.query('update app_user set email = $2 where id = $1', [userId, to]);

test('G14 a removed member’s address is the one that was invited, everywhere; whoever still knows them reads the new one', async () => {
  const [owner, elsewhere] = [await identity.person(), await identity.person()];
  const { person, membershipId, here } = await join(owner);
  await identity.join(person.userId, elsewhere.accountId);
  await identity.ask(KEY, { name: 'k', areas: AREAS }, here);
  const { membership } = await identity.ask(REMOVE, { membershipId }, owner);
  expect(membership).toEqual({ email: person.email, user: { email: person.email, displayName: expect.any(String) } });

  const moved = `${newId()}@neu.example`;
  await move(person.userId, moved);
  const left = await record(owner, membershipId);
  expect(left).toMatchObject({ status: 'REMOVED', email: person.email, user: { email: person.email } });
  expect(left.apiKeys.nodes).toEqual([{ createdBy: { email: person.email } }]);
  expect(await user(owner, person.userId)).toMatchObject({ email: person.email });
  expect(JSON.stringify([left, await user(owner, person.userId)])).not.toContain('neu.example');
  for (const viewer of [person, elsewhere, staffViewer(newId())])
    expect(await user(viewer, person.userId)).toMatchObject({ email: moved });
  expect(await user(await identity.person(), person.userId)).toBeNull();
});

test('G14 a deactivated member is still one, and is read as they are', async () => {
  const owner = await identity.person();
  const { person, membershipId } = await join(owner);
  await identity.admin.query(`update membership set status = 'INACTIVE' where id = $1`, [membershipId]);
  const moved = `${newId()}@neu.example`;
  await move(person.userId, moved);
  expect(await record(owner, membershipId)).toMatchObject({ email: moved, user: { email: moved } });
});

test('G14 the account’s own card says more than an old invitation; whoever was neither on a card nor invited is known by name', async () => {
  const owner = await identity.person();
  const email = `${newId()}@example.org`;
  const { contact } = await identity.ask(
    CARD,
    { name: 'Ada', type: 'OTHER', newsletter: false, email, noTitle: true, noPhone: true, noMobile: true },
    owner,
  );
  const { person, membershipId } = await join(owner, contact.id, email);
  await identity.ask(REMOVE, { membershipId }, owner);
  await move(person.userId, `${newId()}@neu.example`);
  expect(await record(owner, membershipId)).toMatchObject({ email, user: { email } });
  expect((await identity.ask(UPDATE, { contactId: contact.id, email: 'ada@card.example' }, owner)).userErrors).toEqual(
    [],
  );
  expect(await record(owner, membershipId)).toMatchObject({ email: 'ada@card.example' });

  const founder = await identity.person({ accountId: owner.accountId });
  await identity.ask(REMOVE, { membershipId: founder.membershipId }, owner);
  expect(await record(owner, founder.membershipId)).toMatchObject({
    email: null,
    user: { email: null, displayName: founder.email.split('@')[0] },
  });
});

test('G14 asked again, they are known by what was written now', async () => {
  const owner = await identity.person();
  const { person, membershipId } = await join(owner);
  await identity.ask(REMOVE, { membershipId }, owner);
  const moved = `${newId()}@neu.example`;
  await move(person.userId, moved);
  identity.advance(61_000);
  const again = await identity.ask(INVITE, { email: moved, role: 'MEMBER', areas: AREAS }, owner);
  expect(again.userErrors).toEqual([]);
  expect(await record(owner, membershipId)).toMatchObject({ status: 'PENDING', email: moved, user: { email: moved } });
});

test('G14 G12 of those who left, too, whoever is limited to branches knows those of their own', async () => {
  const owner = await identity.person();
  const { person, membershipId } = await join(owner);
  const [north, south] = [newId(), newId()];
  await identity.admin.query('update membership set branches = $2 where id = $1', [membershipId, [north]]);
  await identity.ask(REMOVE, { membershipId }, owner);
  expect(await user({ ...owner, userId: newId(), branches: [north] }, person.userId)).not.toBeNull();
  expect(await user({ ...owner, userId: newId(), branches: [south] }, person.userId)).toBeNull();
});

test('G14 N25 of those who left a client that requires a second factor a partner’s people without one see nobody', async () => {
  const [owner, partner] = [await identity.person(), await identity.person()];
  const { person, membershipId } = await join(owner);
  await identity.ask(REMOVE, { membershipId }, owner);
  const reach =
    'insert into access.reach (holder, account, area, verb, valid, partnership_id, second_factor) values ($1, $2, $3, $4, $5, $6, $7)';
  const allow = async (area: string, asks: boolean): Promise<unknown> =>
    await identity.admin.query(reach, [
      partner.accountId,
      owner.accountId,
      area,
      'READ',
      '[2020-01-01,)',
      newId(),
      asks,
    ]);
  await allow('LINK', false);
  await allow('SECURITY', false);
  expect(await user(partner, person.userId)).not.toBeNull();
  const byAccount = 'insert into access.account_second_factor (account, since) values ($1, now())';
  await identity.admin.query(byAccount, [owner.accountId]);
  expect(await user(partner, person.userId)).toBeNull();
  expect(await user({ ...partner, secondFactor: true }, person.userId)).not.toBeNull();
  await identity.admin.query('delete from access.account_second_factor where account = $1', [owner.accountId]);
  await identity.admin.query('update access.reach set second_factor = true where holder = $1 and area <> $2', [
    partner.accountId,
    'LINK',
  ]);
  expect(await user(partner, person.userId)).toBeNull();
  expect(await user(staffViewer(newId()), person.userId)).not.toBeNull();
});
