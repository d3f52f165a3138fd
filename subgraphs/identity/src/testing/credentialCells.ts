import { newId } from '@comptoir/shared/values/uuid.ts';
import { readApiKey } from '@comptoir/shared/viewer/apiKey.ts';
import { anonymous } from '@comptoir/testing/viewers.ts';
import type { Thing, VoidEvent } from '../credentials/voidTable.ts';
import { addLoginAs } from '../loginAs/loginAsStore.ts';
import { AREAS, ASK, done, useUpGuesses, type World } from './credentialWorld.ts';
import type { Answer } from './identityFixture.ts';

/** WORKS, or the answer of what refuses. */
export type Tried = string;
/** A thing that was made: how it is tried, and how one more of its kind is made. */
export type Made = { attempt(): Promise<Tried>; another(): Promise<unknown> };

const told = ({ userErrors }: Answer): Tried => userErrors[0]?.code ?? 'WORKS';
const AWAY = '203.0.113.77';

/** As `loginAsStart` does it, for an hour, from the session that goes on. */
export async function startLoginAs(world: World): Promise<{ loginAsId: string; sessionId: string; clientId: string }> {
  const clientId = await openClient(world);
  const { accountId, userId, sessionId: parentId } = world.viewer;
  const startedAt = new Date(Date.now() + world.identity.ahead());
  const [loginAsId, sessionId] = [newId(), newId()];
  await world.identity.system((tx) =>
    addLoginAs(
      tx,
      {
        id: loginAsId,
        accountId: clientId,
        actorUserId: userId,
        actorAccountId: accountId,
        byStaff: false,
        reason: 'Ticket 4711',
        startedAt,
        until: new Date(startedAt.getTime() + 3_600_000),
        endedAt: null,
        endedBy: null,
        accountCancelled: false,
      },
      { id: sessionId, parentId, address: '127.0.0.1' },
    ),
  );
  return { loginAsId, sessionId, clientId };
}

/** An account that lets the host's act for it. */
export async function openClient({ identity, viewer }: World): Promise<string> {
  const { accountId } = await identity.person();
  for (const [area, verb] of [
    ['LINK', 'READ'],
    ['SECURITY', 'READ'],
    ['SECURITY', 'WRITE'],
  ])
    await identity.admin.query(
      `insert into access.reach values ($1, $2, $3, $4, tstzrange(now() - interval '1 hour', null), $5)`,
      [viewer.accountId, accountId, area, verb, newId()],
    );
  return accountId;
}

async function makeKey(world: World, owner: 'MEMBER' | 'ACCOUNT'): Promise<Made> {
  const input = { name: 'k', areas: AREAS, owner };
  const { apiKey, secret } = done(await world.identity.ask(ASK.keyCreate, input, world.viewer));
  return {
    async attempt() {
      const standing = await world.standing({ keyHash: readApiKey(secret) ?? '' });
      return standing === null ? 'NOTHING' : 'WORKS';
    },
    another: async () => done(await world.identity.ask(ASK.keyRotate, { apiKeyId: apiKey.id }, world.viewer)),
  };
}

/** How each thing comes to be, in a world where `event` is to happen to it. */
export const MAKE: Record<Thing, (world: World, event: VoidEvent) => Promise<Made>> = {
  async SIGN_UP_LINK(world, event) {
    const email = event === 'EMAIL_CHANGED' ? world.newEmail : world.email;
    const signUp = (): Promise<string> => {
      world.pass(60_000);
      return world.mailed(email, () =>
        world.identity.ask(ASK.signUp, { email, accountName: 'A', language: 'EN' }).then(done),
      );
    };
    const token = await signUp();
    return {
      attempt: async () =>
        told(await world.identity.ask(ASK.signUpComplete, { token, password: 'a password by sign-up' })),
      another: signUp,
    };
  },
  async RESET_LINK(world) {
    const token = await world.resetLink();
    return {
      attempt: async () => told(await world.identity.ask(ASK.reset, { token, password: 'a password by reset' })),
      another: () => world.resetLink(),
    };
  },
  async INVITATION_LINK(world) {
    const other = await world.identity.person();
    let invitationId = '';
    const token = await world.mailed(world.email, async () => {
      invitationId = (await world.invite(other)).invitation.id;
    });
    return {
      async attempt() {
        const { rows } = await world.identity.admin.query(
          'select password_hash is not null as known from app_user where id = $1',
          [world.userId],
        );
        // Anyone who has a login answers as themselves.
        const viewer = rows[0].known
          ? { ...anonymous(), userId: world.userId, sessionId: newId(), networks: [] }
          : anonymous();
        const input = rows[0].known ? { token } : { token, password: 'a password by invitation' };
        return told(await world.identity.ask(ASK.accept, input, viewer));
      },
      another: () =>
        world.mailed(world.email, async () => {
          world.identity.advance(61_000);
          done(await world.identity.ask(ASK.resend, { invitationId }, other));
        }),
    };
  },
  async EMAIL_CHANGE(world) {
    const tokens = await world.changeEmail(`${newId()}@example.org`);
    return {
      async attempt() {
        for (const token of tokens) {
          const answer = await world.identity.ask(ASK.confirmEmail, { token });
          if (told(answer) !== 'WORKS') return told(answer);
        }
        return 'WORKS';
      },
      another: () => world.changeEmail(`${newId()}@example.org`),
    };
  },
  async TOTP_PENDING(world) {
    const secret = await world.enroll();
    return {
      attempt: async () => told(await world.identity.ask(ASK.confirm, { code: world.codeOf(secret) }, world.viewer)),
      another: () => world.enroll(),
    };
  },
  async RECOVERY_CODES(world) {
    await world.turnOn();
    const codes = [...(world.totp?.codes ?? [])];
    return {
      async attempt() {
        if (world.totp === null) await world.turnOn();
        const { challenge, userErrors } = await world.logIn();
        if (challenge === null) return userErrors[0].code;
        return told(await world.step(challenge.token, codes.pop() ?? ''));
      },
      another: () => EVENT.SECOND_FACTOR_ON(world),
    };
  },
  async LOGIN_CHALLENGE(world) {
    await world.turnOn();
    const { secret } = world.totp ?? { secret: '' };
    const { challenge } = await world.logIn();
    return {
      attempt: async () => told(await world.step(challenge.token, world.codeOf(world.totp?.secret ?? secret))),
      another: () => world.logIn(),
    };
  },
  async KNOWN_NETWORK(world) {
    await world.getIn(AWAY);
    let usedUp = false;
    return {
      async attempt() {
        if (!usedUp) await useUpGuesses(world);
        usedUp = true;
        const answer = await world.logIn(AWAY);
        return answer.challenge === null ? told(answer) : 'WORKS';
      },
      another: () => world.getIn('203.0.113.78'),
    };
  },
  async SESSION(world) {
    let { sessionId, refreshToken } = await world.getIn();
    return {
      async attempt() {
        const standing = await world.standing({ sessionId });
        const answer = await world.identity.ask(ASK.refresh, { refreshToken });
        refreshToken = answer.session?.refreshToken ?? refreshToken;
        if ((standing === null) !== (answer.session === null)) return 'HALF';
        return told(answer);
      },
      another: () => world.getIn(),
    };
  },
  async LOGIN_AS(world) {
    const { loginAsId, sessionId } = await startLoginAs(world);
    return {
      async attempt() {
        const standing = await world.standing({ sessionId });
        const answer = await world.identity.ask(ASK.renew, { loginAsId }, world.viewer);
        if ((standing === null) !== (answer.tokens === null)) return 'HALF';
        return told(answer);
      },
      another: () => startLoginAs(world),
    };
  },
  API_KEY: (world) => makeKey(world, 'MEMBER'),
  ACCOUNT_KEY: (world) => makeKey(world, 'ACCOUNT'),
};

/** How each event happens. */
export const EVENT: Record<Exclude<VoidEvent, 'NEWER'>, (world: World) => Promise<void>> = {
  async FIRST_PASSWORD(world) {
    const input = { token: world.hostInvitation, password: world.password };
    done(await world.identity.ask(ASK.accept, input));
  },
  async PASSWORD_RESET(world) {
    const token = await world.resetLink();
    world.password = 'the password after a reset';
    done(await world.identity.ask(ASK.reset, { token, password: world.password }));
  },
  async PASSWORD_CHANGED(world) {
    const newPassword = 'the password after a change';
    const input = { password: world.password, newPassword };
    done(await world.identity.ask(ASK.changePassword, input, world.viewer));
    world.password = newPassword;
  },
  async EMAIL_CHANGED(world) {
    for (const token of await world.changeEmail(world.newEmail))
      done(await world.identity.ask(ASK.confirmEmail, { token }));
    world.email = world.newEmail;
  },
  async SECOND_FACTOR_ON(world) {
    if (world.totp !== null) await world.turnOff();
    await world.turnOn();
  },
  async SECOND_FACTOR_OFF(world) {
    if (world.totp === null) await world.turnOn();
    await world.turnOff();
  },
  async USER_DEACTIVATED(world) {
    done(await world.identity.ask(ASK.userOff, { userId: world.userId }, world.staff));
  },
  async MEMBERSHIP_DEACTIVATED(world) {
    done(await world.identity.ask(ASK.memberOff, { membershipId: world.membershipId }, world.host));
  },
  async MEMBERSHIP_REMOVED(world) {
    done(await world.identity.ask(ASK.memberRemove, { membershipId: world.membershipId }, world.host));
  },
};

/** What can be taken back of an event is: a secret that is void stays so. */
export const UNDO: Partial<Record<VoidEvent, (world: World) => Promise<void>>> = {
  // As if no one had a login at that address.
  FIRST_PASSWORD: async (world) => {
    await world.identity.admin.query('update app_user set password_hash = null where id = $1', [world.userId]);
  },
  PASSWORD_RESET: async (world) => {
    await world.identity.admin.query('update app_user set password_hash = null where id = $1 and $2', [
      world.userId,
      world.viewer === null,
    ]);
  },
  // As if anyone who has the old address now had a login by it, and no one had the new one.
  EMAIL_CHANGED: async (world) => {
    world.email = world.oldEmail;
    await world.identity.admin.query('update app_user set email = $2 where id = $1', [world.userId, world.email]);
  },
  USER_DEACTIVATED: async (world) => {
    done(await world.identity.ask(ASK.userOn, { userId: world.userId }, world.staff));
  },
  MEMBERSHIP_DEACTIVATED: async (world) => {
    done(await world.identity.ask(ASK.memberOn, { membershipId: world.membershipId }, world.host));
  },
  MEMBERSHIP_REMOVED: async (world) => {
    await world.identity.admin.query(`update membership set status = 'ACTIVE' where id = $1`, [world.membershipId]);
  },
};
