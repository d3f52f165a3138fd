import type { Services } from '@comptoir/shared/protocol/services.ts';
import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { verifyAccessToken } from '@comptoir/shared/viewer/accessToken.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type Answer,
  type IdentityFixture,
  PASSWORD,
  SESSION,
  startIdentity,
  tokenIn,
} from '../testing/identityFixture.ts';

/**
 * Stands where another subgraph would answer: fails the first calls as a subgraph that is down does, then does its
 * step.
 */
function neighbour(
  name: 'accounts' | 'billing',
  failures: number,
  answer: (variables: Answer) => Record<string, unknown>,
) {
  const asked: Answer[] = [];
  const subgraph: Subgraph = {
    name,
    async execute({ variables }) {
      asked.push(variables);
      return asked.length <= failures
        ? { errors: [{ message: 'down', extensions: { code: 'SERVICE_UNAVAILABLE' } }] }
        : { data: answer(variables) };
    },
  };
  return { subgraph, asked };
}

const accounts = neighbour('accounts', 0, ({ input, ids }) =>
  ids === undefined
    ? { internalAccountOpen: { accountId: input.id } }
    : { internalAccountNames: ids.map((id: string) => ({ id, name: `Name of ${id}` })) },
);
const billing = neighbour('billing', 1, ({ input }) => ({
  internalWalletsOpen: { accountId: input.accountId },
  internalReferralAttribute: { accountId: input.accountId },
}));
const services: Services = { accounts: accounts.subgraph, billing: billing.subgraph };

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity(services);
  await identity.subgraph.startJobs();
});
afterAll(() => identity.stop());

const SIGN_UP = `mutation ($input: SignUpInput!) { signUp(input: $input) { mailTo userErrors { code message field rule } } }`;
const COMPLETE = `mutation ($input: SignUpCompleteInput!) { signUpComplete(input: $input) { ${SESSION} userErrors { code field } } }`;

const signUp = (email: string, accountName = 'Boulangerie Martin', language = 'EN'): Promise<Answer> =>
  identity.ask(SIGN_UP, { email, accountName, language });
const complete = (token: string, password = PASSWORD): Promise<Answer> => identity.ask(COMPLETE, { token, password });
const newEmail = (): string => `${newId()}@example.org`;
const mailedToken = async (email: string): Promise<string> => tokenIn((await identity.mailbox.waitFor(email)).text);
const rows = async (sql: string, values: unknown[]): Promise<Answer[]> =>
  (await identity.admin.query(sql, values)).rows;

test('U14 a sign-up, its mail and a password make login, account and owner; the other subgraphs follow, once, however often they fail', async () => {
  const email = newEmail();
  expect(await signUp(` ${email.toUpperCase()} `)).toEqual({ mailTo: email, userErrors: [] });
  const { session, userErrors } = await complete(await mailedToken(email));
  expect(userErrors).toEqual([]);
  const { id, accountId } = session.membership;
  expect(session.memberships).toEqual([{ id, accountId, accountName: `Name of ${accountId}` }]);
  expect(await verifyAccessToken(session.accessToken, identity.publicKey)).toMatchObject({ accountId });

  await until(
    async () => (await rows('select account_ready as ready from membership where id = $1', [id]))[0]?.ready,
    'the account to be ready',
  );
  expect(accounts.asked).toContainEqual({ input: { id: accountId, name: 'Boulangerie Martin', kind: 'CLIENT' } });
  expect(billing.asked).toHaveLength(2);
  expect(billing.asked[1]).toEqual({ input: { accountId, grant: true } });
  const [made] = await rows('select type, role, cardinality(areas) as areas, networks from membership where id = $1', [
    id,
  ]);
  expect(made).toEqual({ type: 'OWNER', role: 'OWNER', areas: 7, networks: [] });
});

test('GUARD sign-up answers the same, with the same work, for an e-mail that has a login; its owner is told by mail', async () => {
  const { email } = await identity.person();
  const stranger = newEmail();
  identity.statements();
  const known = [
    JSON.stringify(await signUp(email)).replace(email, ''),
    identity.statements().filter((sql) => /link|enqueue/.test(sql)),
  ];
  const unknown = [
    JSON.stringify(await signUp(stranger)).replace(stranger, ''),
    identity.statements().filter((sql) => /link|enqueue/.test(sql)),
  ];
  expect(known).toEqual(unknown);
  const mail = await identity.mailbox.waitFor(email);
  expect(mail.subject).toBe('You already have a login');
  expect(tokenIn(mail.text)).toBe('');
  expect((await identity.mailbox.waitFor(stranger)).subject).toBe('Complete your sign-up');
});

test('two who follow a link at once make one account', async () => {
  const email = newEmail();
  await signUp(email);
  const token = await mailedToken(email);
  const answers = await Promise.all(Array.from({ length: 4 }, () => complete(token)));
  expect(answers.filter((answer) => answer.session !== null)).toHaveLength(1);
  expect(answers.flatMap((answer) => answer.userErrors.map(({ code }: Answer) => code))).toEqual(
    Array(3).fill('LINK_NOT_VALID'),
  );
  expect(
    await rows('select from membership m join app_user u on u.id = m.user_id where u.email = $1', [email]),
  ).toHaveLength(1);
});

test('GUARD a newer link ends the older; a day ends any; an unknown one is like them', async () => {
  const email = newEmail();
  await signUp(email);
  const older = await mailedToken(email);
  // One mail a minute goes to an address; one that is held back ends nothing.
  identity.pass(60_000);
  await signUp(email, 'Again', 'FR');
  const { text } = await identity.mailbox.waitFor(email, (mail) => mail.subject === 'Terminez votre inscription');
  const refused = await complete(older);
  expect(refused).toEqual({ session: null, userErrors: [{ code: 'LINK_NOT_VALID', field: ['input', 'token'] }] });
  expect(await complete('x'.repeat(43))).toEqual(refused);
  expect(await complete('')).toEqual(refused);
  identity.pass(24 * 3_600_000);
  expect(await complete(tokenIn(text))).toEqual(refused);
});

test('GUARD a refused password leaves the link good; its secret is nowhere in the database', async () => {
  const email = newEmail();
  await signUp(email);
  const token = await mailedToken(email);
  for (const [password, code] of [
    ['short', 'PASSWORD_TOO_SHORT'],
    ['x'.repeat(300), 'PASSWORD_TOO_LONG'],
    ['1234567890', 'PASSWORD_TOO_COMMON'],
  ] as const) {
    expect(await complete(token, password)).toEqual({
      session: null,
      userErrors: [{ code, field: ['input', 'password'] }],
    });
  }
  const found = await rows(
    'select row_to_json(l)::text as text from link l union all select data::text from identity_jobs.job',
    [],
  );
  expect(found.length).toBeGreaterThan(1);
  expect(found.filter(({ text }) => text?.includes(token))).toEqual([]);
  expect((await complete(token)).session).not.toBeNull();
});

test('a sign-up link never touches a login that came meanwhile', async () => {
  const email = newEmail();
  await signUp(email);
  const token = await mailedToken(email);
  await identity.person({ email });
  expect((await complete(token, 'another password')).userErrors).toMatchObject([{ code: 'LINK_NOT_VALID' }]);
  expect((await identity.logIn(email)).session).not.toBeNull();
});

test.each([
  ['no e-mail', 'Name', 'EMAIL_NOT_READABLE'],
  [`${'x'.repeat(250)}@example.org`, 'Name', 'EMAIL_NOT_READABLE'],
  ['a@example.org', '   ', 'ACCOUNT_NAME_NOT_READABLE'],
  ['a@example.org', 'x'.repeat(201), 'ACCOUNT_NAME_NOT_READABLE'],
  ['a@example.org', 'a\u0000b', 'ACCOUNT_NAME_NOT_READABLE'],
])('sign-up of %j as %j is refused: %s', async (email, name, code) => {
  expect(await signUp(email, name)).toMatchObject({ mailTo: null, userErrors: [{ code }] });
});

test('A74 the referral code that led to a sign-up is passed on when the account is opened, after its wallet; the answer is the same with any code and none', async () => {
  const answers: Answer[] = [];
  const codes = ['abcdefgh23', 'NOSUCHCODE', undefined, '', 'x'.repeat(5_000), "'; drop table link; --\0"];
  const opened: { accountId: string; code: unknown }[] = [];
  for (const referralCode of codes) {
    const email = newEmail();
    const answer = await identity.ask(SIGN_UP, { email, accountName: 'Brought', language: 'EN', referralCode });
    answers.push({ ...answer, mailTo: answer.mailTo === email });
    const { session } = await complete(await mailedToken(email));
    const { id, accountId } = session.membership;
    await until(
      async () => (await rows('select account_ready as ready from membership where id = $1', [id]))[0]?.ready,
      'the account to be ready',
    );
    const asked = billing.asked.filter(({ input }) => input.accountId === accountId && 'code' in input);
    opened.push({ accountId, code: asked[0]?.input.code });
    const [wallet] = billing.asked.filter(({ input }) => input.accountId === accountId);
    expect(wallet.input.grant).toBe(true);
  }
  expect(opened.map(({ code }) => code)).toEqual([
    'ABCDEFGH23',
    'NOSUCHCODE',
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(answers).toEqual(codes.map(() => ({ mailTo: true, userErrors: [] })));
});
