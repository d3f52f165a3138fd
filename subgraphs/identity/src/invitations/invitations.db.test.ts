import { newId } from '@comptoir/shared/values/uuid.ts';
import type { KeyViewer, PersonViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { until } from '@comptoir/testing/until.ts';
import { anonymous } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { accountsDouble } from '../testing/accountsDouble.ts';
import { type Answer, type IdentityFixture, PASSWORD, startIdentity, tokenIn } from '../testing/identityFixture.ts';

const accounts = accountsDouble();
let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity({ accounts });
  await identity.subgraph.startJobs();
});
afterAll(() => identity.stop());

const INVITATION = `invitation { id email status membership { id type role status email user { id } branches { id } networks } }`;
const ERRORS = 'userErrors { code field rule }';
const CREATE = `mutation ($input: InvitationCreateInput!) { invitationCreate(input: $input) { ${INVITATION} retryAt ${ERRORS} } }`;
const RESEND = `mutation ($input: InvitationResendInput!) { invitationResend(input: $input) { ${INVITATION} retryAt ${ERRORS} } }`;
const WITHDRAW = `mutation ($input: InvitationWithdrawInput!) { invitationWithdraw(input: $input) { ${INVITATION} ${ERRORS} } }`;
const ACCEPT = `mutation ($input: InvitationAcceptInput!) { invitationAccept(input: $input) {
  membership { id accountId role areas { area verb } } session { sessionId accessToken membership { accountId } } ${ERRORS} } }`;
const REFUSE = `mutation ($input: InvitationRefuseInput!) { invitationRefuse(input: $input) { invitationId ${ERRORS} } }`;
const SEE = `query ($id: ID!) { invitation(id: $id) { id status expiresAt sentAt membership { status } } }`;
const WAITING = `{ viewer { invitations { nodes { id accountName membership { role areas { area } } invitedBy { id } availableActions { action allowed } } } } }`;

const READ = [{ area: 'TRACKERS', verb: 'READ' }];
const newEmail = (): string => `${newId()}@example.org`;
const create = (viewer: Viewer, email: string, more: Answer = {}): Promise<Answer> =>
  identity.ask(CREATE, { email, role: 'MEMBER', areas: READ, ...more }, viewer);
const see = async (viewer: Viewer, id: string): Promise<Answer> =>
  ((await identity.execute(SEE, { id }, viewer)) as Answer).data.invitation;
const accept = (input: Answer, viewer: Viewer = anonymous()): Promise<Answer> => identity.ask(ACCEPT, input, viewer);
const asPerson = (person: PersonViewer): Viewer => ({
  ...anonymous(),
  userId: person.userId,
  sessionId: newId(),
  networks: [],
});
const mailOf = (email: string, after = 0) =>
  identity.mailbox.waitFor(email, (mail) => identity.mailbox.all().indexOf(mail) >= after);

test('O02 O03 O07 G07 G13 G16 an unknown e-mail becomes a CONTACT, is mailed, and chooses their own password', async () => {
  const owner = await identity.person();
  const email = newEmail();
  const { invitation, userErrors } = await create(owner, email.toUpperCase(), { language: 'FR' });
  expect(userErrors).toEqual([]);
  expect(invitation).toMatchObject({
    email,
    status: 'PENDING',
    membership: { type: 'CONTACT', role: 'MEMBER', status: 'PENDING', email, user: null },
  });
  const mail = await mailOf(email);
  expect(mail.subject).toContain('vous donne accès à son compte');
  expect(mail.html).toContain(`Name of &lt;${owner.accountId}&gt;`);
  expect(mail.text).toContain(email);
  // There is no password that could have been sent.
  const before = await identity.admin.query('select password_hash from app_user where email = $1', [email]);
  expect(before.rows).toEqual([{ password_hash: null }]);
  // O11 P: sent only once the mail was handed over.
  await until(async () => (await see(owner, invitation.id)).status === 'INVITATION_SENT', 'the invitation to be sent');
  expect((await see(owner, invitation.id)).membership.status).toBe('INVITATION_SENT');

  const { membership, session } = await accept({ token: tokenIn(mail.text), password: PASSWORD, displayName: 'Zoé' });
  expect(membership).toMatchObject({
    id: invitation.membership.id,
    accountId: owner.accountId,
    role: 'MEMBER',
    areas: READ,
  });
  expect(session.membership).toEqual({ accountId: owner.accountId });
  expect((await identity.logIn(email)).session.membership.accountId).toBe(owner.accountId);
  const { rows } = await identity.admin.query(
    'select display_name, language, verified from app_user where email = $1',
    [email],
  );
  expect(rows).toEqual([{ display_name: 'Zoé', language: 'FR', verified: true }]);
  expect(await see(owner, invitation.id)).toMatchObject({ status: 'ACCEPTED', membership: { status: 'ACTIVE' } });
});

test('O05 O06 O07 O12 an e-mail with a login becomes a GUEST, who accepts after log-in by id or by the mailed link', async () => {
  const owner = await identity.person();
  const guest = await identity.person();
  const { invitation } = await create(owner, guest.email, { language: 'FR' });
  expect(invitation.membership).toMatchObject({ type: 'GUEST', status: 'PENDING', user: null });
  const mail = await mailOf(guest.email);
  // In their own language, whatever the inviter said.
  expect(mail.subject).toContain('invites you');
  const token = tokenIn(mail.text);
  expect((await accept({ token })).userErrors).toMatchObject([{ code: 'LOG_IN_FIRST', rule: 'O12' }]);
  expect((await accept({ token }, await identity.person())).userErrors).toMatchObject([{ code: 'LOG_IN_FIRST' }]);
  expect((await accept({ token, password: 'another password' })).userErrors).toMatchObject([{ code: 'LOG_IN_FIRST' }]);
  const waiting = await identity.ask(WAITING, null, guest);
  expect(waiting.invitations.nodes).toMatchObject([
    { id: invitation.id, accountName: `Name of <${owner.accountId}>`, membership: { role: 'MEMBER' } },
  ]);
  const { membership, session } = await accept({ invitationId: invitation.id }, asPerson(guest));
  expect([membership.accountId, session]).toEqual([owner.accountId, null]);
  expect((await identity.logIn(guest.email)).session.memberships).toHaveLength(2);
  expect((await identity.ask(WAITING, null, guest)).invitations.nodes).toEqual([]);
  expect((await accept({ token }, guest)).userErrors).toMatchObject([{ code: 'LINK_NOT_VALID' }]);
  expect((await accept({ invitationId: invitation.id }, guest)).userErrors).toMatchObject([
    { code: 'INVITATION_CLOSED' },
  ]);
});

test('O09 GUARD known and unknown e-mails are answered alike but for the type, with the same statements', async () => {
  const owner = await identity.person();
  const known = (await identity.person()).email;
  const unknown = newEmail();
  const seen: unknown[] = [];
  for (const email of [known, unknown]) {
    identity.statements();
    const answer = JSON.stringify(await create(owner, email))
      .replaceAll(email, 'E')
      .replace(/GUEST|CONTACT/, 'T')
      .replace(/[0-9a-f-]{36}/g, 'ID');
    seen.push([answer, identity.statements().map((sql) => sql.replace(/'[^']*'/g, "''"))]);
  }
  expect(seen[0]).toEqual(seen[1]);
  // And the person behind a known one stays unseen until they accept, by list, hop and user alike.
  const { rows } = await identity.admin.query('select id from app_user where email = $1', [known]);
  const hop = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { email displayName } } }`;
  const { data } = (await identity.execute(hop, { r: [{ __typename: 'User', id: rows[0].id }] }, owner)) as Answer;
  expect(data._entities).toEqual([null]);
});

test('O12 refused by link or by id; the account may invite again once the mail has cooled', async () => {
  const owner = await identity.person();
  const [email, guest] = [newEmail(), await identity.person()];
  await create(owner, email);
  const { invitation } = await create(owner, guest.email);
  const token = tokenIn((await mailOf(email)).text);
  expect((await identity.ask(REFUSE, { token }, anonymous())).userErrors).toEqual([]);
  expect((await accept({ token, password: PASSWORD })).userErrors).toMatchObject([{ code: 'LINK_NOT_VALID' }]);
  expect(await identity.ask(REFUSE, { invitationId: invitation.id }, guest)).toEqual({
    invitationId: invitation.id,
    userErrors: [],
  });
  expect(await see(owner, invitation.id)).toMatchObject({ status: 'REJECTED', membership: { status: 'REJECTED' } });
  const soon = await create(owner, guest.email);
  expect(soon).toMatchObject({ invitation: null, userErrors: [{ code: 'TOO_SOON', rule: 'G17' }] });
  expect(Date.parse(soon.retryAt)).toBeGreaterThan(Date.now());
  identity.advance(60_000);
  const again = (await create(owner, guest.email, { role: 'CLIENT' })).invitation;
  expect(again.membership).toMatchObject({ id: invitation.membership.id, role: 'CLIENT', status: 'PENDING' });
  expect((await accept({ invitationId: again.id }, guest)).userErrors).toEqual([]);
});

test('G17 resending has a cool-down and says when; the older link is dead; two at once send one', async () => {
  const owner = await identity.person();
  const email = newEmail();
  const { invitation } = await create(owner, email);
  const older = tokenIn((await mailOf(email)).text);
  const soon = await identity.ask(RESEND, { invitationId: invitation.id }, owner);
  expect(soon).toMatchObject({ invitation: null, userErrors: [{ code: 'TOO_SOON', rule: 'G17' }] });
  expect(soon.retryAt).not.toBeNull();
  identity.advance(60_000);
  const sent = identity.mailbox.all().length;
  const both = await Promise.all([1, 2, 3].map(() => identity.ask(RESEND, { invitationId: invitation.id }, owner)));
  expect(both.filter((each) => each.userErrors.length === 0)).toHaveLength(1);
  expect((await accept({ token: older, password: PASSWORD })).userErrors).toMatchObject([{ code: 'LINK_NOT_VALID' }]);
  const newer = tokenIn((await mailOf(email, sent)).text);
  expect((await accept({ token: newer, password: PASSWORD })).session).not.toBeNull();
  expect((await identity.ask(RESEND, { invitationId: invitation.id }, owner)).userErrors).toMatchObject([
    { code: 'INVITATION_CLOSED' },
  ]);
  expect(identity.mailbox.all().filter((mail) => mail.to === email)).toHaveLength(2);
});

test('P an invitation expires after seven days by the installation’s clock, and resending renews it', async () => {
  const owner = await identity.person();
  const guest = await identity.person();
  const { invitation } = await create(owner, guest.email);
  const token = tokenIn((await mailOf(guest.email)).text);
  identity.advance(7 * 86_400_000);
  expect((await see(owner, invitation.id)).status).toBe('EXPIRED');
  expect((await accept({ token }, guest)).userErrors).toMatchObject([{ code: 'LINK_NOT_VALID' }]);
  expect((await accept({ invitationId: invitation.id }, guest)).userErrors).toMatchObject([
    { code: 'INVITATION_EXPIRED' },
  ]);
  expect((await identity.ask(WAITING, null, guest)).invitations.nodes).toEqual([]);
  expect((await identity.ask(RESEND, { invitationId: invitation.id }, owner)).invitation.status).toBe('PENDING');
  expect((await accept({ invitationId: invitation.id }, guest)).userErrors).toEqual([]);
});

test('P a withdrawn invitation is dead at once, also by its link; withdrawing again changes nothing', async () => {
  const owner = await identity.person();
  const email = newEmail();
  const { invitation } = await create(owner, email);
  const token = tokenIn((await mailOf(email)).text);
  for (let again = 0; again < 2; again += 1) {
    const withdrawn = await identity.ask(WITHDRAW, { invitationId: invitation.id }, owner);
    expect(withdrawn.invitation).toMatchObject({ status: 'WITHDRAWN', membership: { status: 'WITHDRAWN' } });
  }
  expect((await accept({ token, password: PASSWORD })).userErrors).toMatchObject([{ code: 'LINK_NOT_VALID' }]);
  expect((await create(owner, email)).userErrors).toMatchObject([{ code: 'TOO_SOON' }]);
});

test('P withdrawing and accepting at once: one of them wins, and both rows agree', async () => {
  const owner = await identity.person();
  for (let round = 0; round < 6; round += 1) {
    const guest = await identity.person();
    const { invitation } = await create(owner, guest.email);
    const acts = [
      () => accept({ invitationId: invitation.id }, guest),
      () => identity.ask(WITHDRAW, { invitationId: invitation.id }, owner),
      () => identity.ask(REFUSE, { invitationId: invitation.id }, guest),
    ];
    if (round % 2 === 1) acts.reverse();
    const answers: Answer[] = await Promise.all(acts.map((act) => act()));
    expect(answers.filter((answer) => answer.userErrors.length === 0)).toHaveLength(1);
    const after = await see(owner, invitation.id);
    expect(['ACCEPTED ACTIVE', 'WITHDRAWN WITHDRAWN', 'REJECTED REJECTED']).toContain(
      `${after.status} ${after.membership.status}`,
    );
  }
});

test('G07 two who follow a link at once set one password', async () => {
  const owner = await identity.person();
  const email = newEmail();
  await create(owner, email);
  const token = tokenIn((await mailOf(email)).text);
  const answers = await Promise.all(
    ['first password', 'second password', 'third password'].map((password) => accept({ token, password })),
  );
  expect(answers.filter((answer) => answer.session !== null)).toHaveLength(1);
  const codes = answers.flatMap((answer) => answer.userErrors.map(({ code }: Answer) => code));
  expect(codes).toEqual(['LINK_NOT_VALID', 'LINK_NOT_VALID']);
});

test('two accounts that invite one unknown e-mail learn nothing of each other; the second link wants a log-in', async () => {
  const [one, two] = [await identity.person(), await identity.person()];
  const email = newEmail();
  await create(one, email);
  const first = tokenIn((await mailOf(email)).text);
  const before = identity.mailbox.all().length;
  const { invitation } = await create(two, email);
  expect(invitation.membership).toMatchObject({ type: 'CONTACT', user: null });
  const second = tokenIn((await mailOf(email, before)).text);
  expect((await accept({ token: first, password: PASSWORD })).session).not.toBeNull();
  expect((await accept({ token: second, password: 'another password' })).userErrors).toMatchObject([
    { code: 'LOG_IN_FIRST' },
  ]);
  const { rows } = await identity.admin.query('select id from app_user where email = $1', [email]);
  const person: Viewer = { ...anonymous(), userId: rows[0].id, sessionId: newId(), networks: [] };
  expect((await accept({ token: second }, person)).userErrors).toEqual([]);
});

test('somebody who was invited signs up by themselves: the sign-up makes the login, the invitation still waits', async () => {
  const owner = await identity.person();
  const email = newEmail();
  const { invitation } = await create(owner, email);
  const before = identity.mailbox.all().length;
  await identity.ask('mutation ($input: SignUpInput!) { signUp(input: $input) { mailTo } }', {
    email,
    accountName: 'Own',
    language: 'EN',
  });
  const mail = await identity.mailbox.waitFor(email, ({ subject }) => subject === 'Complete your sign-up');
  expect(identity.mailbox.all().length).toBeGreaterThan(before);
  const done = await identity.ask(
    `mutation ($input: SignUpCompleteInput!) { signUpComplete(input: $input) { session { membership { accountId } } userErrors { code } } }`,
    { token: tokenIn(mail.text), password: PASSWORD },
  );
  expect(done.userErrors).toEqual([]);
  const { rows } = await identity.admin.query('select id from app_user where email = $1', [email]);
  const person: Viewer = { ...anonymous(), userId: rows[0].id, sessionId: newId(), networks: [] };
  expect((await accept({ invitationId: invitation.id }, person)).userErrors).toEqual([]);
});

test('O02 whoever is a member or invited is not invited again', async () => {
  const owner = await identity.person();
  const member = await identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: ['TRACKERS:READ'] });
  const email = newEmail();
  const both = await Promise.all([create(owner, email), create(owner, email)]);
  expect(both.flatMap((each) => each.userErrors.map(({ code }: Answer) => code))).toEqual(['ALREADY_INVITED']);
  expect((await create(owner, member.email)).userErrors).toMatchObject([{ code: 'ALREADY_MEMBER' }]);
});

test.each([
  [{ email: 'nobody' }, 'EMAIL_NOT_READABLE'],
  [{ areas: [] }, 'AREAS_NOT_READABLE'],
  [{ role: 'ADMIN' }, 'AREAS_NOT_READABLE'],
  [{ networks: ['10.0.0.0/99'] }, 'NETWORK_NOT_READABLE'],
  [{ branchIds: [newId()] }, 'BRANCH_NOT_FOUND'],
  [{ accountId: newId() }, 'ACCOUNT_NOT_FOUND'],
  [{ role: 'STAFF' }, 'ROLE_NOT_YOURS_TO_GIVE'],
])('O10 an invitation with %j is refused: %s, and nobody is made', async (more, code) => {
  const owner = await identity.person();
  const email = newEmail();
  expect((await create(owner, email, more)).userErrors).toMatchObject([{ code }]);
  expect((await identity.admin.query('select from app_user where email = $1', [email])).rowCount).toBe(0);
});

test('O10 nobody grants more than they hold, and owners are made by owners', async () => {
  const owner = await identity.person();
  const clerk = await identity.person({
    accountId: owner.accountId,
    role: 'MEMBER',
    areas: ['SECURITY:WRITE', 'TRACKERS:READ'],
  });
  const code = async (viewer: Viewer, more: Answer): Promise<string | undefined> =>
    (await create(viewer, newEmail(), more)).userErrors[0]?.code;
  expect(await code(clerk, { areas: [{ area: 'TRACKERS', verb: 'WRITE' }] })).toBe('MORE_THAN_YOU_HOLD');
  expect(await code(clerk, { areas: READ })).toBeUndefined();
  expect(await code(clerk, { role: 'ADMIN', areas: null })).toBe('MORE_THAN_YOU_HOLD');
  expect(await code(clerk, { role: 'OWNER', areas: null })).toBe('ROLE_NOT_YOURS_TO_GIVE');
  expect(await code(owner, { role: 'OWNER', areas: null })).toBeUndefined();
  const { sessionId: _, ...rest } = owner;
  const key: KeyViewer = { ...rest, kind: 'KEY', keyId: newId() };
  expect(await code(key, { role: 'OWNER', areas: null })).toBe('ROLE_NOT_YOURS_TO_GIVE');
  const reader = { ...clerk, areas: { SECURITY: 'READ' as const } };
  const { errors } = await identity.execute(
    CREATE,
    { input: { email: newEmail(), role: 'MEMBER', areas: READ } },
    reader,
  );
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test('O10 a partner invites into a client’s account within what that opened, never an owner', async () => {
  const [partner, client] = [await identity.person(), await identity.person()];
  await identity.admin.query(
    `insert into access.reach (holder, account, area, verb, valid, partnership_id)
     select $1, $2, split_part(g, ':', 1), split_part(g, ':', 2), tstzrange(now() - interval '1 hour', null), $3
     from unnest(array['SECURITY:READ', 'SECURITY:WRITE', 'TRACKERS:READ']) as g`,
    [partner.accountId, client.accountId, newId()],
  );
  const into = (more: Answer) => create(partner, newEmail(), { accountId: client.accountId, ...more });
  const { invitation, userErrors } = await into({});
  expect(userErrors).toEqual([]);
  expect(await see(client, invitation.id)).not.toBeNull();
  expect((await into({ areas: [{ area: 'TRACKERS', verb: 'WRITE' }] })).userErrors[0].code).toBe('MORE_THAN_YOU_HOLD');
  expect((await into({ role: 'ADMIN', areas: null })).userErrors[0].code).toBe('MORE_THAN_YOU_HOLD');
  expect((await into({ role: 'OWNER', areas: null })).userErrors[0].code).toBe('ROLE_NOT_YOURS_TO_GIVE');
});

test('tenants are isolated: an invitation elsewhere looks missing, by every way to it', async () => {
  const [owner, stranger, guest] = [await identity.person(), await identity.person(), await identity.person()];
  const { invitation } = await create(owner, guest.email);
  const hop = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Invitation { id } } }`;
  const { data } = (await identity.execute(
    hop,
    { r: [{ __typename: 'Invitation', id: invitation.id }] },
    stranger,
  )) as Answer;
  expect([data._entities, await see(stranger, invitation.id)]).toEqual([[null], null]);
  for (const query of [RESEND, WITHDRAW, ACCEPT, REFUSE]) {
    const absent = await identity.ask(query, { invitationId: newId() }, stranger);
    expect(absent.userErrors).toMatchObject([{ code: 'INVITATION_NOT_FOUND' }]);
    expect(await identity.ask(query, { invitationId: invitation.id }, stranger)).toEqual(absent);
  }
  // The invited person sees it, and cannot send or withdraw it.
  expect((await see(guest, invitation.id)).id).toBe(invitation.id);
  expect((await identity.ask(WITHDRAW, { invitationId: invitation.id }, guest)).userErrors[0].code).toBe(
    'INVITATION_NOT_FOUND',
  );
});

test('O12 N12 an answer is the person’s own: no key, nobody logged in as them, nobody unknown by id', async () => {
  const owner = await identity.person();
  const guest = await identity.person();
  const { invitation } = await create(owner, guest.email);
  const { sessionId: _, ...rest } = guest;
  const key: KeyViewer = { ...rest, kind: 'KEY', keyId: newId() };
  const actor: PersonViewer = { ...guest, actors: [{ userId: newId(), accountId: newId(), loginAsId: newId() }] };
  for (const [viewer, code] of [
    [key, 'FORBIDDEN'],
    [actor, 'FORBIDDEN'],
    [anonymous(), 'UNAUTHENTICATED'],
  ] as const) {
    const { errors } = await identity.execute(ACCEPT, { input: { invitationId: invitation.id } }, viewer);
    expect(errors?.[0]?.extensions.code).toBe(code);
  }
  expect((await accept({}, guest)).userErrors).toMatchObject([{ code: 'NAME_ONE' }]);
  expect((await accept({ token: 'x', invitationId: invitation.id }, guest)).userErrors).toMatchObject([
    { code: 'NAME_ONE' },
  ]);
});

test('N13 a claimed login that nobody has shown to be theirs accepts nothing', async () => {
  const owner = await identity.person();
  const claimed = await identity.person();
  await identity.admin.query('update app_user set verified = false where id = $1', [claimed.userId]);
  const { invitation } = await create(owner, claimed.email);
  expect((await accept({ invitationId: invitation.id }, claimed)).userErrors).toMatchObject([
    { code: 'LOGIN_NOT_VERIFIED', rule: 'N13' },
  ]);
});

test('G07 a refused password leaves the link good, and its secret is nowhere in the database', async () => {
  const owner = await identity.person();
  const email = newEmail();
  await create(owner, email);
  const token = tokenIn((await mailOf(email)).text);
  for (const [password, code] of [
    [undefined, 'PASSWORD_TOO_SHORT'],
    ['1234567890', 'PASSWORD_TOO_COMMON'],
  ])
    expect((await accept({ token, password })).userErrors).toMatchObject([{ code }]);
  expect((await accept({ token, password: PASSWORD, displayName: ' ' })).userErrors).toMatchObject([
    { code: 'NAME_NOT_READABLE' },
  ]);
  const { rows } = await identity.admin.query(
    'select row_to_json(i)::text as text from invitation i union all select data::text from identity_jobs.job',
  );
  expect(rows.filter(({ text }) => text?.includes(token))).toEqual([]);
  expect((await accept({ token, password: PASSWORD })).session).not.toBeNull();
});
