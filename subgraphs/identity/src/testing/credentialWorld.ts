import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { anonymous, serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { Secret, TOTP } from 'otpauth';
import { type Answer, type IdentityFixture, LOG_IN, PASSWORD, SESSION, tokenIn } from './identityFixture.ts';

export const AREAS = [{ area: 'SECURITY', verb: 'WRITE' }];
export const ASK = {
  signUp: `mutation ($input: SignUpInput!) { signUp(input: $input) { mailTo userErrors { code } } }`,
  signUpComplete: `mutation ($input: SignUpCompleteInput!) { signUpComplete(input: $input) { ${SESSION} userErrors { code } } }`,
  resetRequest: `mutation ($input: PasswordResetRequestInput!) { passwordResetRequest(input: $input) { mailTo userErrors { code } } }`,
  reset: `mutation ($input: PasswordResetInput!) { passwordReset(input: $input) { ${SESSION} challenge { token } userErrors { code } } }`,
  changePassword: `mutation ($input: PasswordChangeInput!) { passwordChange(input: $input) { changed userErrors { code } } }`,
  invite: `mutation ($input: InvitationCreateInput!) { invitationCreate(input: $input) { invitation { id } userErrors { code } } }`,
  resend: `mutation ($input: InvitationResendInput!) { invitationResend(input: $input) { invitation { id } userErrors { code } } }`,
  accept: `mutation ($input: InvitationAcceptInput!) { invitationAccept(input: $input) { membership { id } ${SESSION} userErrors { code } } }`,
  changeEmail: `mutation ($input: EmailChangeInput!) { emailChange(input: $input) { mailTo userErrors { code } } }`,
  confirmEmail: `mutation ($input: EmailChangeConfirmInput!) { emailChangeConfirm(input: $input) { changed userErrors { code } } }`,
  enroll: `mutation ($input: TotpEnrollInput!) { totpEnroll(input: $input) { secret userErrors { code } } }`,
  confirm: `mutation ($input: TotpConfirmInput!) { totpConfirm(input: $input) { recoveryCodes userErrors { code } } }`,
  disable: `mutation ($input: TotpDisableInput!) { totpDisable(input: $input) { disabled userErrors { code } } }`,
  logIn: LOG_IN.replace('retryAt', 'challenge { token } retryAt'),
  step: `mutation ($input: SessionTotpInput!) { sessionTotp(input: $input) { ${SESSION} userErrors { code rule } } }`,
  refresh: `mutation ($input: SessionRefreshInput!) { sessionRefresh(input: $input) { session { sessionId refreshToken membership { id } } userErrors { code rule } } }`,
  userOff: `mutation ($input: UserSwitchInput!) { userDeactivate(input: $input) { user { id } userErrors { code } } }`,
  userOn: `mutation ($input: UserSwitchInput!) { userActivate(input: $input) { user { id } userErrors { code } } }`,
  memberOff: `mutation ($input: MembershipSwitchInput!) { membershipDeactivate(input: $input) { membership { id } userErrors { code } } }`,
  memberOn: `mutation ($input: MembershipSwitchInput!) { membershipActivate(input: $input) { membership { id } userErrors { code } } }`,
  memberRemove: `mutation ($input: MembershipSwitchInput!) { membershipRemove(input: $input) { membership { id } userErrors { code } } }`,
  keyCreate: `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { apiKey { id } secret userErrors { code } } }`,
  keyRotate: `mutation ($input: ApiKeyRotateInput!) { apiKeyRotate(input: $input) { secret userErrors { code } } }`,
  renew: `mutation ($input: LoginAsRenewInput!) { loginAsRenew(input: $input) { tokens { accessToken } userErrors { code rule } } }`,
};
const STANDING = `query ($credential: CredentialInput!) { credentialStanding(credential: $credential) { userId accountId networks refusal } }`;

/** Fails on a refusal: for what a test only needs to have happened. */
export function done(answer: Answer): Answer {
  if (answer.userErrors.length > 0) throw new Error(JSON.stringify(answer.userErrors));
  return answer;
}

/** A person with all that belongs to how they get in, and what can be done to them. */
export type World = Awaited<ReturnType<typeof openWorld>>;

let networks = 0;

/**
 * Somebody in the account of somebody else; without a login, when `invited` says so, they are asked into it and have
 * not answered.
 */
export async function openWorld(identity: IdentityFixture, { invited = false } = {}) {
  const host = await identity.person();
  const email = `${newId()}@example.org`;
  const pass = (ms: number): void => identity.pass(ms);

  /** The token of the mail that an action leads to. */
  async function mailed(to: string, action: () => Promise<unknown>): Promise<string> {
    const before = identity.mailbox.all().length;
    await action();
    const isNew = (mail: { text: string }): boolean =>
      identity.mailbox.all().indexOf(mail as Answer) >= before && tokenIn(mail.text) !== '';
    return tokenIn((await identity.mailbox.waitFor(to, isNew)).text);
  }
  const invite = (by: PersonViewer): Promise<Answer> =>
    identity.ask(ASK.invite, { email: world.email, role: 'MEMBER', areas: AREAS }, by).then(done);

  const world = {
    identity,
    host,
    email,
    oldEmail: email,
    newEmail: `${newId()}@example.org`,
    password: PASSWORD,
    userId: '',
    /** In the host's account, by the session that goes on. Of somebody without a login, no one. */
    viewer: null as unknown as PersonViewer & { sessionId: string },
    membershipId: '',
    hostInvitation: '',
    totp: null as { secret: string; codes: string[] } | null,
    pass,
    mailed,
    invite,
    /** By real time as identity sees it. */
    codeOf: (secret: string): string =>
      new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + identity.ahead() }),
    logIn: (from = '127.0.0.1', accountId?: string): Promise<Answer> =>
      identity.ask(ASK.logIn, { email: world.email, password: world.password, accountId }, anonymous(from)),
    step: (challenge: string, code: string, from = '127.0.0.1'): Promise<Answer> =>
      identity.ask(ASK.step, { challenge, code }, anonymous(from)),
    /** All the way in, with the second factor where it is on. */
    async getIn(from?: string): Promise<Answer> {
      const answer = await world.logIn(from, host.accountId);
      if (answer.challenge === null || world.totp === null) return done(answer).session;
      pass(30_000);
      return done(await world.step(answer.challenge.token, world.codeOf(world.totp.secret), from)).session;
    },
    async enroll(): Promise<string> {
      return done(await identity.ask(ASK.enroll, { password: world.password }, world.viewer)).secret;
    },
    async turnOn(): Promise<void> {
      const secret = await world.enroll();
      const code = world.codeOf(secret);
      const { recoveryCodes } = done(await identity.ask(ASK.confirm, { code }, world.viewer));
      world.totp = { secret, codes: recoveryCodes };
      pass(30_000);
    },
    async turnOff(): Promise<void> {
      done(await identity.ask(ASK.disable, { password: world.password }, world.viewer));
      world.totp = null;
    },
    /** The two links of a change of e-mail that is asked for. */
    async changeEmail(newEmail: string): Promise<[string, string]> {
      // One mail of a kind goes to an address within a minute.
      pass(60_000);
      const input = { password: world.password, newEmail };
      const asked = Promise.withResolvers<unknown>();
      const both = [mailed(world.email, () => asked.promise), mailed(newEmail, () => asked.promise)];
      asked.resolve(done(await identity.ask(ASK.changeEmail, input, world.viewer)));
      return (await Promise.all(both)) as [string, string];
    },
    async resetLink(): Promise<string> {
      pass(60_000);
      return await mailed(world.email, () => identity.ask(ASK.resetRequest, { email: world.email }));
    },
    standing: async (credential: Record<string, string>): Promise<Answer> =>
      (await identity.execute(STANDING, { credential }, serviceViewer('gateway'))).data?.credentialStanding,
    staff: staffViewer(),
  };

  if (invited) {
    world.hostInvitation = await mailed(email, () => invite(host));
    const { rows } = await identity.admin.query('select id from app_user where email = $1', [email]);
    world.userId = rows[0].id;
    return world;
  }
  const person = await identity.person({ email });
  world.userId = person.userId;
  world.membershipId = await identity.join(person.userId, host.accountId);
  const { session } = await world.logIn();
  world.viewer = {
    ...person,
    accountId: host.accountId,
    membershipId: world.membershipId,
    sessionId: session.sessionId,
  };
  return world;
}

/** Guesses of an hour, each from a network of its own: afterwards only a known network is let try. */
export async function useUpGuesses({ identity, email }: World): Promise<void> {
  for (let wrong = 0; wrong < 20; wrong += 1) {
    networks += 1;
    const from = `198.18.${Math.floor(networks / 250) % 250}.${networks % 250}`;
    await identity.ask(LOG_IN, { email, password: 'not it' }, anonymous(from));
  }
}
