import { addOwners } from '@comptoir/launch/seed/owners.ts';
import type { Answer, TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { until } from '@comptoir/testing/until.ts';
import { expect } from '@jest/globals';

/** A person who is logged in to an account. */
export type Person = { email: string; token: string; refreshToken: string; accountId: string; membershipId: string };

export const PASSWORD = 'correct horse battery staple';

/** Asks as that person and gives the one root field; the test fails when there are errors. */
export async function ok(
  installation: TestInstallation,
  query: string,
  input: unknown,
  token: string | null,
): Promise<Answer['data']> {
  const { data, errors } = await installation.ask(query, { input }, token);
  expect(errors).toBeUndefined();
  return Object.values(data)[0];
}

/** As `ok`, for a mutation that must succeed. */
export async function done(
  installation: TestInstallation,
  query: string,
  input: unknown,
  token: string | null,
): Promise<Answer['data']> {
  const payload = await ok(installation, query, input, token);
  expect(payload.userErrors).toEqual([]);
  return payload;
}

const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { mailTo userErrors { code } } }';
const COMPLETE = `mutation ($input: SignUpCompleteInput!) { signUpComplete(input: $input) {
  session { accessToken refreshToken membership { id accountId } } userErrors { code } } }`;
const LOG_IN = `mutation ($input: SessionCreateInput!) { sessionCreate(input: $input) {
  session { accessToken refreshToken membership { id accountId } } userErrors { code } } }`;

/** The token of the newest link that was mailed to that address. */
export async function mailedToken(installation: TestInstallation, email: string): Promise<string> {
  const mail = await installation.mailbox.waitFor(email, ({ text }) => text.includes('token='));
  const token = /token=([\w-]+)/.exec(mail.text)?.[1];
  expect(token).toBeDefined();
  return token as string;
}

/** Signs up by mail, chooses a password, and waits until the account is ready. */
export async function signUp(installation: TestInstallation, email: string, accountName: string): Promise<Person> {
  await done(installation, SIGN_UP, { email, accountName, language: 'FR' }, null);
  const token = await mailedToken(installation, email);
  const { session } = await done(installation, COMPLETE, { token, password: PASSWORD }, null);
  await until(async () => {
    const { data } = await installation.ask('{ viewer { membership { accountReady } } }', {}, session.accessToken);
    return data?.viewer.membership.accountReady === true;
  }, `the account of ${email} to be ready`);
  return toPerson(email, session);
}

export async function logIn(installation: TestInstallation, email: string, password = PASSWORD): Promise<Person> {
  const { session } = await done(installation, LOG_IN, { email, password }, null);
  return toPerson(email, session);
}

const toPerson = (email: string, session: Answer['data']): Person => ({
  email,
  token: session.accessToken,
  refreshToken: session.refreshToken,
  accountId: session.membership.accountId,
  membershipId: session.membership.id,
});

/** One of the provider's people: made as the administrator of an installation makes the first one, then logged in. */
export async function hireStaff(installation: TestInstallation, email: string): Promise<Person> {
  const { rows } = await installation.admin.query(
    `insert into accounts.account (id, kind, name, created_at) values (uuidv7(), 'PROVIDER', 'Provider', now())
     on conflict (kind) where kind = 'PROVIDER' do update set name = excluded.name returning id`,
  );
  await addOwners(installation.systemUrls.identity, PASSWORD, [
    { email, displayName: 'Staff', accountId: rows[0].id, role: 'STAFF' },
  ]);
  return await logIn(installation, email);
}
