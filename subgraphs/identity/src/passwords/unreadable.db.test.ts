import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { accountsDouble } from '../testing/accountsDouble.ts';
import { ASK, openWorld } from '../testing/credentialWorld.ts';
import { type Answer, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';

/**
 * What cannot be kept or hashed as it came is refused where a password is chosen, and is simply wrong where one is
 * shown.
 */
let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity({ accounts: accountsDouble() });
  await identity.subgraph.startJobs();
});
afterAll(() => identity.stop());

const TEXTS = [
  ['NUL', (text: string) => `${text}\0and more`],
  ['NUL at the end', (text: string) => `${text}\0`],
  ['half of a surrogate pair', (text: string) => `${text}\ud83d`],
  ['a bell', (text: string) => `${text}\u0007`],
  ['a line end', (text: string) => `${text}\n`],
] as const;
const codes = ({ userErrors }: Answer): string[] => userErrors.map(({ code }: { code: string }) => code);

test.each(TEXTS)('GUARD a password with %s is chosen nowhere', async (_what, spoil) => {
  const password = spoil('a long enough password');
  const stranger = `${crypto.randomUUID()}@example.org`;
  const invited = await openWorld(identity, { invited: true });
  const world = await openWorld(identity);
  const signUp = await world.mailed(stranger, () =>
    identity.ask(ASK.signUp, { email: stranger, accountName: 'A', language: 'EN' }),
  );
  const answers = [
    await identity.ask(ASK.signUpComplete, { token: signUp, password }),
    await identity.ask(ASK.accept, { token: invited.hostInvitation, password }),
    await identity.ask(ASK.reset, { token: await world.resetLink(), password }),
    await identity.ask(ASK.changePassword, { password: world.password, newPassword: password }, world.viewer),
  ];
  expect(answers.map(codes)).toEqual(answers.map(() => ['PASSWORD_NOT_READABLE']));
  // The links are as good as before.
  expect(codes(await identity.ask(ASK.signUpComplete, { token: signUp, password: 'a long enough password' }))).toEqual(
    [],
  );
});

test.each(TEXTS)(
  'GUARD a password with %s, when it is shown, is a wrong one, and so is an e-mail',
  async (_what, spoil) => {
    const world = await openWorld(identity);
    const [password, newEmail] = [spoil(world.password), `${crypto.randomUUID()}@example.org`];
    const input = { email: world.email, password };
    expect(codes(await identity.ask(ASK.logIn, input))).toEqual(['LOGIN_FAILED']);
    expect(codes(await identity.ask(ASK.logIn, { ...input, email: spoil(world.email) }))).toEqual(['LOGIN_FAILED']);
    const shown = [
      await identity.ask(ASK.changePassword, { password, newPassword: 'another password' }, world.viewer),
      await identity.ask(ASK.enroll, { password }, world.viewer),
      await identity.ask(ASK.changeEmail, { password, newEmail }, world.viewer),
    ];
    expect(shown.map(codes)).toEqual(shown.map(() => ['PASSWORD_WRONG']));
    expect(codes(await world.logIn('203.0.113.5'))).toEqual([]);
  },
);

test('GUARD an address with NUL within is no guess at the one without it', async () => {
  const world = await openWorld(identity);
  const email = `${world.email.slice(0, 5)}\0${world.email.slice(5)}`;
  expect(codes(await identity.ask(ASK.logIn, { email, password: world.password }))).toEqual(['LOGIN_FAILED']);
  expect(codes(await identity.ask(ASK.resetRequest, { email }))).toEqual(['EMAIL_NOT_READABLE']);
  expect(codes(await identity.ask(ASK.signUp, { email, accountName: 'A', language: 'EN' }))).toEqual([
    'EMAIL_NOT_READABLE',
  ]);
});
