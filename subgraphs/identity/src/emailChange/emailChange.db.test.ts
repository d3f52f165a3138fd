import { newId } from '@comptoir/shared/values/uuid.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type IdentityFixture, PASSWORD, startIdentity, tokenIn } from '../testing/identityFixture.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity();
  await identity.subgraph.startJobs();
});
afterAll(() => identity.stop());

const CHANGE = `mutation ($input: EmailChangeInput!) { emailChange(input: $input) { mailTo retryAt userErrors { code } } }`;
const CONFIRM = `mutation ($input: EmailChangeConfirmInput!) { emailChangeConfirm(input: $input) { changed userErrors { code } } }`;
const code = (answer: Answer): string | undefined => answer.userErrors[0]?.code;
const fresh = (): string => `${newId()}@example.org`;
const tokenTo = async (email: string, subject = /e-mail/): Promise<string> =>
  tokenIn((await identity.mailbox.waitFor(email, (mail) => subject.test(mail.subject))).text);
const confirm = (token: string): Promise<Answer> => identity.ask(CONFIRM, { token });

test('P the e-mail changes when both addresses have said yes, in either order, and not before', async () => {
  for (const order of ['old first', 'new first']) {
    const person = await identity.person();
    const newEmail = fresh();
    expect(await identity.ask(CHANGE, { password: PASSWORD, newEmail: newEmail.toUpperCase() }, person)).toMatchObject({
      mailTo: [person.email, newEmail],
    });
    const tokens = [await tokenTo(person.email), await tokenTo(newEmail)];
    if (order === 'new first') tokens.reverse();
    expect(await confirm(tokens[0] as string)).toEqual({ changed: false, userErrors: [] });
    expect(code(await confirm(tokens[0] as string))).toBe('LINK_NOT_VALID');
    expect((await identity.logIn(person.email)).session).not.toBeNull();
    expect(await confirm(tokens[1] as string)).toEqual({ changed: true, userErrors: [] });
    expect(code(await identity.logIn(person.email))).toBe('LOGIN_FAILED');
    expect((await identity.logIn(newEmail)).session).not.toBeNull();
  }
});

test('P it needs the password, a readable address and another one than before', async () => {
  const person = await identity.person();
  expect(code(await identity.ask(CHANGE, { password: 'wrong', newEmail: 'no address' }, person))).toBe(
    'EMAIL_NOT_READABLE',
  );
  expect(code(await identity.ask(CHANGE, { password: 'wrong', newEmail: person.email }, person))).toBe(
    'PASSWORD_WRONG',
  );
  expect(code(await identity.ask(CHANGE, { password: PASSWORD, newEmail: person.email }, person))).toBe(
    'EMAIL_IS_THE_SAME',
  );
});

test('GUARD an address that has a login gets no mail, and whoever asks gets the same answer', async () => {
  const [person, other] = [await identity.person(), await identity.person()];
  const answer = await identity.ask(CHANGE, { password: PASSWORD, newEmail: other.email }, person);
  expect(answer).toEqual({ mailTo: [person.email, other.email], retryAt: null, userErrors: [] });
  expect(await confirm(await tokenTo(person.email))).toEqual({ changed: false, userErrors: [] });
  expect(identity.mailbox.all().filter(({ to }) => to === other.email)).toEqual([]);
});

test('P an address that somebody else took meanwhile stays theirs', async () => {
  const person = await identity.person();
  const newEmail = fresh();
  await identity.ask(CHANGE, { password: PASSWORD, newEmail }, person);
  const [old, fresher] = [await tokenTo(person.email), await tokenTo(newEmail)];
  await identity.person({ email: newEmail });
  await confirm(old);
  expect(code(await confirm(fresher))).toBe('LINK_NOT_VALID');
  expect((await identity.logIn(person.email)).session).not.toBeNull();
});

test('P a change ends after an hour, by a newer one, and by a new password', async () => {
  const person = await identity.person();
  const [first, second, third] = [fresh(), fresh(), fresh()];
  await identity.ask(CHANGE, { password: PASSWORD, newEmail: first }, person);
  const older = await tokenTo(first);
  await identity.ask(CHANGE, { password: PASSWORD, newEmail: second }, person);
  expect(code(await confirm(older))).toBe('LINK_NOT_VALID');
  const late = await tokenTo(second);
  identity.pass(3_600_000);
  expect(code(await confirm(late))).toBe('LINK_NOT_VALID');

  await identity.ask(CHANGE, { password: PASSWORD, newEmail: third }, person);
  const token = await tokenTo(third);
  const PASSWORDS = `mutation ($input: PasswordChangeInput!) { passwordChange(input: $input) { changed userErrors { code } } }`;
  expect(
    (await identity.ask(PASSWORDS, { password: PASSWORD, newPassword: 'a wholly new password' }, person)).changed,
  ).toBe(true);
  expect(code(await confirm(token))).toBe('LINK_NOT_VALID');
});
