import { newId } from '@comptoir/shared/values/uuid.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { accountsDouble } from '../testing/accountsDouble.ts';
import { type Answer, type IdentityFixture, PASSWORD, startIdentity, tokenIn } from '../testing/identityFixture.ts';

/**
 * One address is one person, however it is written: with capitals, in its own script, or as mail servers spell it
 * (O01).
 */
let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity({
    accounts: accountsDouble(),
    billing: { name: 'billing', execute: async () => ({ data: {} }) },
  });
  await identity.subgraph.startJobs();
});
afterAll(() => identity.stop());

const AREAS = [{ area: 'TRACKERS', verb: 'READ' }];
const SIGN_UP = `mutation ($input: SignUpInput!) { signUp(input: $input) { mailTo userErrors { code message field } } }`;
const COMPLETE = `mutation ($input: SignUpCompleteInput!) { signUpComplete(input: $input) { session { sessionId } userErrors { code } } }`;
const RESET = `mutation ($input: PasswordResetRequestInput!) { passwordResetRequest(input: $input) { mailTo userErrors { code } } }`;
const INVITE = `mutation ($input: InvitationCreateInput!) { invitationCreate(input: $input) { invitation { email membership { type } } userErrors { code message } } }`;
const CHANGE = `mutation ($input: EmailChangeInput!) { emailChange(input: $input) { mailTo userErrors { code message field } } }`;
const CARD = `mutation ($input: ContactCreateInput!) { contactCreate(input: $input) { contact { email } userErrors { code message } } }`;

test('O01 a sign-up, log-ins, a reset and an invitation in four spellings are one person', async () => {
  const host = newId();
  const canonical = `jorg@${host}.xn--mller-kva.example`;
  const spellings = [
    `Jorg@${host}.MÜLLER.example`,
    `jorg@${host}.mu\u0308ller.example`,
    ` JORG@${host}.XN--MLLER-KVA.EXAMPLE `,
    canonical,
  ] as const;
  const signed = await identity.ask(SIGN_UP, { email: spellings[0], accountName: 'Müller', language: 'EN' });
  expect(signed).toEqual({ mailTo: canonical, userErrors: [] });
  const mail = await identity.mailbox.waitFor(canonical);
  const done = await identity.ask(COMPLETE, { token: tokenIn(mail.text), password: PASSWORD });
  expect(done.userErrors).toEqual([]);

  for (const email of spellings) {
    expect((await identity.logIn(email)).userErrors).toEqual([]);
    expect((await identity.ask(RESET, { email })).mailTo).toBe(canonical);
  }
  const { rows } = await identity.admin.query('select id from app_user where email like $1', [`%${host}%`]);
  expect(rows).toHaveLength(1);

  const owner = await identity.person();
  const invited = await identity.ask(INVITE, { email: spellings[1], role: 'MEMBER', areas: AREAS }, owner);
  expect(invited).toEqual({ invitation: { email: canonical, membership: { type: 'GUEST' } }, userErrors: [] });
  const card = await identity.ask(
    CARD,
    { name: 'J', type: 'OTHER', newsletter: false, email: spellings[0], noTitle: true, noPhone: true, noMobile: true },
    owner,
  );
  expect(card.contact.email).toBe(canonical);
});

test('A47 wrong passwords for one address count together, however it is written', async () => {
  const host = `${newId()}.example`;
  const { email } = await identity.person({ email: `a@xn--mller-kva.${host}` });
  for (const spelling of [email, `A@müller.${host}`, `a@MÜLLER.${host}`, email, ` A@xn--mller-kva.${host}`])
    await identity.logIn(spelling, 'not the right one');
  expect((await identity.logIn(email)).userErrors).toMatchObject([{ code: 'LOGIN_LOCKED' }]);
});

test('an address that mail servers do not all carry is refused with what to write instead, wherever one is given', async () => {
  const owner = await identity.person();
  const email = 'jörg@müller.example';
  const answers: Answer[] = [
    await identity.ask(SIGN_UP, { email, accountName: 'Müller', language: 'EN' }),
    await identity.ask(INVITE, { email, role: 'MEMBER', areas: [] }, owner),
    await identity.ask(CHANGE, { newEmail: email, password: PASSWORD }, owner),
    await identity.ask(CARD, { name: 'J', type: 'OTHER', newsletter: false, email }, owner),
  ];
  for (const { userErrors } of answers)
    expect(userErrors).toMatchObject([{ code: 'EMAIL_NOT_READABLE', message: expect.stringMatching(/a to z/) }]);
});

test('one’s own address in another spelling is no change', async () => {
  const host = `${newId()}.example`;
  const person = await identity.person({ email: `a@xn--mller-kva.${host}` });
  const { userErrors } = await identity.ask(CHANGE, { newEmail: `A@Müller.${host}`, password: PASSWORD }, person);
  expect(userErrors).toMatchObject([{ code: 'EMAIL_IS_THE_SAME' }]);
});
