import { type Answer, openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, hireStaff, logIn, mailedToken, ok, PASSWORD, type Person, signUp } from './people.ts';

/**
 * An owner lets people in, limits them and shuts them out, each step over HTTP with the permissions of the person who
 * does it. Steps build on each other.
 */
let installation: TestInstallation;
let marie: Person;
let sam: Person;
let zoe: { email: string; token: string; membershipId: string };
const branches: Record<string, string> = {};
const trackers: Record<string, string> = {};

beforeAll(async () => {
  installation = await openTestInstallation();
  [marie, sam] = await Promise.all([
    signUp(installation, 'marie@boulangerie.example', 'Boulangerie <Martin>'),
    signUp(installation, 'sam@ailleurs.example', 'Ailleurs'),
  ]);
});
afterAll(() => installation.stop());

const INVITE = `mutation ($input: InvitationCreateInput!) { invitationCreate(input: $input) {
  invitation { id status membership { id type status } } userErrors { code rule } } }`;
const ACCEPT = `mutation ($input: InvitationAcceptInput!) { invitationAccept(input: $input) {
  membership { id accountId accountName } session { accessToken membership { id accountId } } userErrors { code } } }`;
const PEOPLE = `query ($status: MembershipStatus) { viewer { account { people(status: $status) { nodes {
  id status type role email user { displayName } branches { name } } } } } }`;
const FLEET = '{ viewer { account { trackers { nodes { id name branch { name } } } } } }';
const switchTo = (name: string): string =>
  `mutation ($input: MembershipSwitchInput!) { ${name}(input: $input) { membership { id status } userErrors { code } } }`;

/** The fleet as that person sees it; null when they are not let in. */
async function fleet(token: string): Promise<string[] | null> {
  const { data, errors } = await installation.ask(FLEET, {}, token);
  return errors === undefined && data?.viewer.account != null
    ? data.viewer.account.trackers.nodes.map(({ name }: Answer['data']) => name)
    : null;
}

test('G12 Marie sets up two branches and puts a tracker into each', async () => {
  for (const name of ['Nord', 'Sud']) {
    const { branch } = await done(
      installation,
      'mutation ($input: BranchCreateInput!) { branchCreate(input: $input) { branch { id } userErrors { code } } }',
      { name },
      marie.token,
    );
    branches[name] = branch.id;
    const { tracker } = await done(
      installation,
      'mutation ($input: TrackerCreateInput!) { trackerCreate(input: $input) { tracker { id branch { name } } userErrors { code } } }',
      { kind: 'QR_CODE', name: `Porte ${name}`, branchId: branch.id },
      marie.token,
    );
    expect(tracker.branch).toEqual({ name });
    trackers[name] = tracker.id;
  }
  expect(await fleet(marie.token)).toEqual(['Porte Nord', 'Porte Sud']);
});

test('G01 a new account is seen by its own authorised people alone: no other account, and no member beyond their areas', async () => {
  const ACCOUNT = 'query ($id: ID!) { account(id: $id) { name } }';
  const CARDS = 'query ($id: ID!) { account(id: $id) { contacts { nodes { name } } } }';
  const MONEY = 'query ($id: ID!) { account(id: $id) { wallets { kind balance } } }';
  const see = async (query: string, token: string): Promise<Answer['data']> => {
    const { data, errors } = await installation.ask(query, { id: marie.accountId }, token);
    return errors?.[0]?.extensions.code ?? data.account;
  };
  // Its creator.
  expect(await see(ACCOUNT, marie.token)).toEqual({ name: 'Boulangerie <Martin>' });
  expect(await see(CARDS, marie.token)).toEqual({ contacts: { nodes: [] } });
  expect(await see(MONEY, marie.token)).toEqual({ wallets: [{ kind: 'TRACKER', balance: 100 }] });
  // Another account.
  for (const query of [ACCOUNT, CARDS, MONEY]) expect(await see(query, sam.token)).toBeNull();
  expect(await fleet(sam.token)).toEqual([]);

  // A card gives no one access: there is no login, and no password opens one.
  const email = 'carte@clients.example';
  const card = { name: 'Carte', type: 'MAIN', newsletter: false, title: 'X', email, noPhone: true, noMobile: true };
  const CREATE =
    'mutation ($input: ContactCreateInput!) { contactCreate(input: $input) { contact { id } userErrors { code } } }';
  const { contact } = await done(installation, CREATE, card, marie.token);
  const login = await installation.admin.query('select from identity.app_user where email = $1', [email]);
  expect(login.rowCount).toBe(0);
  const LOG_IN =
    'mutation ($input: SessionCreateInput!) { sessionCreate(input: $input) { session { accessToken } userErrors { code } } }';
  expect(await ok(installation, LOG_IN, { email, password: PASSWORD }, null)).toMatchObject({
    session: null,
    userErrors: [{ code: 'LOGIN_FAILED' }],
  });

  // Given one area it sees that one, and neither the cards, nor the people, nor the money.
  const GIVE =
    'mutation ($input: ContactAccessGiveInput!) { contactAccessGive(input: $input) { userErrors { code } } }';
  await done(installation, GIVE, { contactId: contact.id, areas: [{ area: 'TRACKERS', verb: 'READ' }] }, marie.token);
  const token = await mailedToken(installation, email);
  const { session, membership } = await done(
    installation,
    ACCEPT,
    { token, password: PASSWORD, displayName: 'C' },
    null,
  );
  expect(await fleet(session.accessToken)).toEqual(['Porte Nord', 'Porte Sud']);
  expect(await see(CARDS, session.accessToken)).toBe('FORBIDDEN');
  expect(await see(MONEY, session.accessToken)).toBe('FORBIDDEN');
  expect((await installation.ask(PEOPLE, {}, session.accessToken)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  await done(installation, switchTo('membershipRemove'), { membershipId: membership.id }, marie.token);
});

test('G04 G06 G07 G09 she registers a contact, gives it access, and the contact chooses their own password by the mailed link', async () => {
  const email = 'zoe@clients.example';
  const { contact } = await done(
    installation,
    'mutation ($input: ContactCreateInput!) { contactCreate(input: $input) { contact { id branch { name } } userErrors { code } } }',
    {
      name: 'Zoé <b>Durand</b>',
      type: 'MAIN',
      newsletter: true,
      title: 'Gérante',
      email,
      phone: '+33 1 23 45 67 89',
      mobile: '+33 6 12 34 56 78',
      language: 'FR',
      branchId: branches.Nord,
    },
    marie.token,
  );
  const { invitation } = await done(
    installation,
    `mutation ($input: ContactAccessGiveInput!) { contactAccessGive(input: $input) {
      invitation { id membership { id type role } } userErrors { code } } }`,
    { contactId: contact.id, areas: [{ area: 'TRACKERS', verb: 'READ' }] },
    marie.token,
  );
  expect(invitation.membership).toMatchObject({ type: 'CONTACT', role: 'CLIENT' });
  const mail = await installation.mailbox.waitFor(email);
  expect(mail.subject).toBe('Boulangerie <Martin> vous donne accès à son compte');
  expect(mail.html).toContain('Boulangerie &lt;Martin&gt;');
  expect(mail.text).toContain('/invitation?token=');
  await until(async () => {
    const { data } = await installation.ask(PEOPLE, { status: 'INVITATION_SENT' }, marie.token);
    return data.viewer.account.people.nodes.length === 1;
  }, 'the invitation to be sent');

  const token = await mailedToken(installation, email);
  const { session, membership } = await done(
    installation,
    ACCEPT,
    { token, password: PASSWORD, displayName: 'Zoé' },
    null,
  );
  expect(membership).toMatchObject({ accountId: marie.accountId, accountName: 'Boulangerie <Martin>' });
  zoe = { email, token: session.accessToken, membershipId: membership.id };
  expect((await ok(installation, ACCEPT, { token, password: PASSWORD }, null)).userErrors).toEqual([
    { code: 'LINK_NOT_VALID' },
  ]);

  const { data } = await installation.ask(PEOPLE, {}, marie.token);
  expect(data.viewer.account.people.nodes[0]).toEqual({
    id: zoe.membershipId,
    status: 'ACTIVE',
    type: 'CONTACT',
    role: 'CLIENT',
    email,
    user: { displayName: 'Zoé' },
    branches: [{ name: 'Nord' }],
  });
});

test('G12 the contact sees what belongs to their branch and nothing else, by list, by id and from another entity', async () => {
  expect(await fleet(zoe.token)).toEqual(['Porte Nord']);
  const ONE =
    'query ($id: ID!) { tracker(id: $id) { id account { trackers { nodes { id } } branches { nodes { name } } } } }';
  const seen = await installation.ask(ONE, { id: trackers.Nord }, zoe.token);
  expect(seen.data.tracker.account).toEqual({
    trackers: { nodes: [{ id: trackers.Nord }] },
    branches: { nodes: [{ name: 'Nord' }] },
  });
  expect((await installation.ask(ONE, { id: trackers.Sud }, zoe.token)).data).toEqual({ tracker: null });
  const people = await installation.ask(PEOPLE, {}, zoe.token);
  expect(people.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test('G12 the limit bites when it changes', async () => {
  const SET = `mutation ($input: MembershipBranchesSetInput!) { membershipBranchesSet(input: $input) { userErrors { code } } }`;
  const set = (branchIds: unknown[]) =>
    done(installation, SET, { membershipId: zoe.membershipId, branchIds }, marie.token);
  await set([branches.Sud]);
  await until(async () => (await fleet(zoe.token))?.join() === 'Porte Sud', 'her limit to one branch to hold');
  await set([]);
  await until(async () => (await fleet(zoe.token))?.length === 2, 'her limit to be gone');
});

test('G18 deactivated, the contact’s session opens nothing; activated, it does again', async () => {
  const input = { membershipId: zoe.membershipId };
  await done(installation, switchTo('membershipDeactivate'), input, marie.token);
  await until(async () => (await fleet(zoe.token)) === null, 'her session to open nothing');
  const { session } = await done(
    installation,
    'mutation ($input: SessionCreateInput!) { sessionCreate(input: $input) { session { memberships { id } } userErrors { code } } }',
    { email: zoe.email, password: PASSWORD },
    null,
  );
  expect(session.memberships).toEqual([]);
  await done(installation, switchTo('membershipActivate'), input, marie.token);
  await until(async () => (await fleet(zoe.token)) !== null, 'her session to open again');
});

test('O02 O07 O12 O13 O14 somebody with a login becomes a guest: sees the invitation, accepts, chooses an account at log-in, and switches', async () => {
  const areas = [
    { area: 'TRACKERS', verb: 'WRITE' },
    { area: 'SECURITY', verb: 'WRITE' },
  ];
  const { invitation } = await done(installation, INVITE, { email: sam.email, role: 'MEMBER', areas }, marie.token);
  expect(invitation.membership).toMatchObject({ type: 'GUEST', status: 'PENDING' });
  const hidden = await installation.ask(PEOPLE, { status: null }, marie.token);
  expect(hidden.data.viewer.account.people.nodes[0]).toMatchObject({ email: sam.email, user: null });
  await installation.mailbox.waitFor(sam.email, ({ subject }) => subject.includes('vous invite'));

  const WAITING = '{ viewer { invitations { nodes { id accountName availableActions { action allowed } } } } }';
  const { data } = await installation.ask(WAITING, {}, sam.token);
  expect(data.viewer.invitations.nodes).toMatchObject([{ id: invitation.id, accountName: 'Boulangerie <Martin>' }]);
  const accepted = await done(installation, ACCEPT, { invitationId: invitation.id }, sam.token);
  expect([accepted.membership.accountId, accepted.session]).toEqual([marie.accountId, null]);

  const LOG_IN = `mutation ($input: SessionCreateInput!) { sessionCreate(input: $input) {
    session { accessToken membership { id } memberships { accountId accountName } } userErrors { code } } }`;
  const { session } = await done(installation, LOG_IN, { email: sam.email, password: PASSWORD }, null);
  expect(session.membership).toBeNull();
  expect(session.memberships).toEqual([
    { accountId: sam.accountId, accountName: 'Ailleurs' },
    { accountId: marie.accountId, accountName: 'Boulangerie <Martin>' },
  ]);
  const switched = await done(
    installation,
    'mutation ($input: SessionSwitchInput!) { sessionSwitch(input: $input) { session { accessToken } userErrors { code } } }',
    { accountId: marie.accountId },
    session.accessToken,
  );
  expect(await fleet(switched.session.accessToken)).toEqual(['Porte Nord', 'Porte Sud']);
});

test('O10 G18 the guest gives no more than they hold; removed, their session and key open nothing, for good', async () => {
  const asGuest = async (): Promise<string> => {
    const { session } = await done(
      installation,
      'mutation ($input: SessionCreateInput!) { sessionCreate(input: $input) { session { accessToken membership { id } } userErrors { code } } }',
      { email: sam.email, password: PASSWORD, accountId: marie.accountId },
      null,
    );
    return session.accessToken;
  };
  const token = await asGuest();
  const more = [{ area: 'BILLING', verb: 'READ' }];
  const refused = await ok(installation, INVITE, { email: 'x@y.example', role: 'MEMBER', areas: more }, token);
  expect(refused.userErrors).toEqual([{ code: 'MORE_THAN_YOU_HOLD', rule: 'O10' }]);
  const { secret } = await done(
    installation,
    'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret userErrors { code } } }',
    { name: 'script', areas: [{ area: 'TRACKERS', verb: 'READ' }] },
    token,
  );
  expect(await fleet(secret)).toHaveLength(2);
  const { data } = await installation.ask('{ viewer { membership { id } } }', {}, token);
  await done(installation, switchTo('membershipRemove'), { membershipId: data.viewer.membership.id }, marie.token);
  await until(
    async () => (await fleet(token)) === null && (await fleet(secret)) === null,
    'session and key to be kept out',
  );
  expect(await fleet(sam.token)).toEqual([]);

  // No dead end: the same token still knows the person, who chooses another account, or logs out.
  const left = await installation.ask('{ viewer { user { email } account { id } membership { id } } }', {}, token);
  expect(left.data.viewer).toEqual({ user: { email: sam.email }, account: null, membership: null });
  const SWITCH = `mutation ($input: SessionSwitchInput!) { sessionSwitch(input: $input) { session { accessToken } userErrors { code } } }`;
  const home = await done(installation, SWITCH, { accountId: sam.accountId }, token);
  expect(await fleet(home.session.accessToken)).toEqual([]);
  await ok(installation, 'mutation { sessionEnd { sessionId } }', {}, home.session.accessToken);
  await until(
    async () => (await installation.ask('{ viewer { user { id } } }', {}, token)).status === 401,
    'the session to end',
  );
});

test('two owners who remove each other at once: exactly one succeeds', async () => {
  // Whom she removed a moment ago, she invites again once the mail has cooled (G17).
  const soon = await ok(installation, INVITE, { email: sam.email, role: 'OWNER' }, marie.token);
  expect(soon.userErrors).toEqual([{ code: 'TOO_SOON', rule: 'G17' }]);
  const luc = await signUp(installation, 'luc@ailleurs.example', 'Chez Luc');
  const asked = await done(installation, INVITE, { email: luc.email, role: 'OWNER' }, marie.token);
  await done(installation, ACCEPT, { invitationId: asked.invitation.id }, luc.token);
  const headers = { 'comptoir-account': marie.accountId };
  const answers = await Promise.all([
    installation.ask(
      switchTo('membershipRemove'),
      { input: { membershipId: asked.invitation.membership.id } },
      marie.token,
    ),
    installation.ask(switchTo('membershipRemove'), { input: { membershipId: marie.membershipId } }, luc.token, headers),
  ]);
  const codes = answers.map(({ data }) => data?.membershipRemove.userErrors[0]?.code ?? null);
  expect(codes.sort()).toEqual(['LAST_OWNER', null]);
  const { rows } = await installation.admin.query(
    `select from identity.membership where account_id = $1 and role = 'OWNER' and status = 'ACTIVE'`,
    [marie.accountId],
  );
  expect(rows).toHaveLength(1);
});

test('O15 O16 G18 staff read a person’s access list and all contacts and guests, and shut a login', async () => {
  const staff = await hireStaff(installation, 'camille@comptoir.example');
  const LIST = `query ($search: String) { users(search: $search) { nodes { id email memberships { nodes { account { name } type status } } } }
    contactsAndGuests { nodes { account { name } user { email } type createdAt status } } }`;
  const { data, errors } = await installation.ask(LIST, { search: 'zoe@' }, staff.token);
  expect(errors).toBeUndefined();
  expect(data.users.nodes).toMatchObject([
    {
      email: zoe.email,
      memberships: { nodes: [{ account: { name: 'Boulangerie <Martin>' }, type: 'CONTACT', status: 'ACTIVE' }] },
    },
  ]);
  expect(data.contactsAndGuests.nodes).toContainEqual({
    account: { name: 'Boulangerie <Martin>' },
    user: { email: sam.email },
    type: 'GUEST',
    createdAt: expect.any(String),
    status: 'REMOVED',
  });
  expect((await installation.ask(LIST, {}, zoe.token)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  const again = await logIn(installation, zoe.email);
  await done(
    installation,
    'mutation ($input: UserSwitchInput!) { userDeactivate(input: $input) { user { status } userErrors { code } } }',
    { userId: data.users.nodes[0].id },
    staff.token,
  );
  await until(async () => (await fleet(again.token)) === null, 'her session to be kept out');
});
