import { createAuthenticate } from '@comptoir/gateway/caller/authenticate.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { anonymous } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DOORS, type Door } from '../people/doors.ts';
import { accountsDouble } from '../testing/accountsDouble.ts';
import { EVENT, openClient, startLoginAs } from '../testing/credentialCells.ts';
import { AREAS, ASK, done, openWorld, type World } from '../testing/credentialWorld.ts';
import { type Answer, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';

/**
 * Every way into an account, tried from outside each network list that guards it, and by somebody who was deactivated
 * (G11, G18).
 */
let identity: IdentityFixture;
/** Whose time no one moves: the gateway's is the machine's, and knows no token of a time to come. */
let still: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity({ accounts: accountsDouble() });
  await identity.subgraph.startJobs();
  still = await startIdentity({ accounts: accountsDouble() });
});
afterAll(async () => {
  await identity.stop();
  await still.stop();
});

const INSIDE = '10.1.2.3';
const OUTSIDE = '203.0.113.9';
const START = `mutation ($input: LoginAsStartInput!) { loginAsStart(input: $input) { loginAs { id } tokens { accessToken } userErrors { code } } }`;
const SWITCH = `mutation ($input: SessionSwitchInput!) { sessionSwitch(input: $input) { session { membership { id } } userErrors { code } } }`;

/** IN, WITHOUT_ACCOUNT, or the code of what refuses. */
type Enter = (address: string | null) => Promise<string>;
type Way = { enter: Enter; clientId?: string };
type Case = {
  door: Door;
  title: string;
  open(): Promise<World>;
  way(world: World): Promise<Way>;
  /** What somebody who was deactivated gets, and somebody whose membership was; null where no one is a member yet. */
  userOff: string;
  memberOff: string | null;
};

const from = (address: string | null): Viewer => ({ ...anonymous(), address });
const by = ({ viewer }: World, address: string | null): Viewer => ({ ...viewer, address });
const told = ({ session, userErrors }: Answer): string =>
  userErrors[0]?.code ?? (session.membership === null ? 'WITHOUT_ACCOUNT' : 'IN');
const tokensTold = ({ tokens, userErrors }: Answer): string =>
  userErrors[0]?.code ?? (tokens === null ? 'NOTHING' : 'IN');
const codeOf = async (answer: Promise<string>): Promise<string> =>
  await answer.catch((error: Answer) => error.extensions?.code ?? /"code":"([A-Z_]+)"/.exec(error.message)?.[1]);

/** In one account only, which a link may thus open. */
async function inOne(): Promise<World> {
  const world = await openWorld(identity);
  await identity.admin.query(`update membership set status = 'REMOVED' where user_id = $1 and id <> $2`, [
    world.userId,
    world.membershipId,
  ]);
  return world;
}
const two = (): Promise<World> => openWorld(identity);

const inStillTime = (): Promise<World> => openWorld(still);

/** A request to the gateway with that token. */
function request(token: string): Way {
  const authenticate = createAuthenticate(still.subgraph, still.publicKey);
  return {
    enter: (address) =>
      codeOf(
        authenticate({ authorization: `Bearer ${token}` }, { requestId: 'r', address }).then(({ kind }) =>
          kind === 'ANONYMOUS' ? 'WITHOUT_ACCOUNT' : 'IN',
        ),
      ),
  };
}

async function challenged(world: World, open: () => Promise<string>): Promise<Way> {
  await world.turnOn();
  const challenge = await open();
  return {
    async enter(address) {
      const input = { challenge, code: world.codeOf(world.totp?.secret ?? '') };
      world.pass(30_000);
      return told(await identity.ask(ASK.step, input, from(address)));
    },
  };
}

const CASES: Case[] = [
  {
    door: 'LOG_IN',
    title: 'logging in',
    open: inOne,
    way: async ({ email, password, host: { accountId } }) => ({
      enter: async (address) => told(await identity.ask(ASK.logIn, { email, password, accountId }, from(address))),
    }),
    userOff: 'LOGIN_FAILED',
    memberOff: 'ACCOUNT_NOT_FOUND',
  },
  {
    door: 'SECOND_FACTOR',
    title: 'the code after the password',
    open: two,
    way: (world) => challenged(world, async () => (await world.logIn(INSIDE, world.host.accountId)).challenge.token),
    userOff: 'CHALLENGE_NOT_VALID',
    memberOff: 'ACCOUNT_NOT_FOUND',
  },
  {
    door: 'REFRESH',
    title: 'a refresh token',
    open: two,
    async way(world) {
      const { refreshToken } = await world.getIn(INSIDE);
      return { enter: async (address) => told(await identity.ask(ASK.refresh, { refreshToken }, from(address))) };
    },
    userOff: 'REFRESH_NOT_VALID',
    memberOff: 'WITHOUT_ACCOUNT',
  },
  {
    door: 'SWITCH',
    title: 'switching the account',
    open: two,
    way: async (world) => ({
      enter: (address) =>
        codeOf(identity.ask(SWITCH, { accountId: world.host.accountId }, by(world, address)).then(told)),
    }),
    userOff: 'UNAUTHENTICATED',
    memberOff: 'ACCOUNT_NOT_FOUND',
  },
  {
    door: 'SIGN_UP_LINK',
    title: 'a sign-up link',
    open: () => openWorld(identity, { invited: true }),
    async way({ mailed, email }) {
      const token = await mailed(email, () => identity.ask(ASK.signUp, { email, accountName: 'A', language: 'EN' }));
      const input = { token, password: 'a password by sign-up' };
      return { enter: async (address) => told(await identity.ask(ASK.signUpComplete, input, from(address))) };
    },
    userOff: 'LINK_NOT_VALID',
    memberOff: null,
  },
  {
    door: 'RESET_LINK',
    title: 'a reset link',
    open: inOne,
    async way(world) {
      const input = { token: await world.resetLink(), password: 'a password by reset' };
      return { enter: async (address) => told(await identity.ask(ASK.reset, input, from(address))) };
    },
    userOff: 'LINK_NOT_VALID',
    memberOff: 'WITHOUT_ACCOUNT',
  },
  {
    door: 'SECOND_FACTOR_BY_LINK',
    title: 'the code after a reset link',
    open: inOne,
    way: (world) =>
      challenged(world, async () => {
        const input = { token: await world.resetLink(), password: 'a password by reset' };
        return done(await identity.ask(ASK.reset, input)).challenge.token;
      }),
    userOff: 'CHALLENGE_NOT_VALID',
    memberOff: 'WITHOUT_ACCOUNT',
  },
  {
    door: 'INVITATION_LINK',
    title: 'an invitation link',
    open: () => openWorld(identity, { invited: true }),
    async way({ hostInvitation: token }) {
      const input = { token, password: 'a password by invitation' };
      return { enter: async (address) => told(await identity.ask(ASK.accept, input, from(address))) };
    },
    userOff: 'LINK_NOT_VALID',
    memberOff: null,
  },
  {
    door: 'LOGIN_AS_START',
    title: 'starting a log-in-as',
    open: two,
    async way(world) {
      const clientId = await openClient(world);
      const input = { accountId: clientId, reason: 'Ticket 4711' };
      return { clientId, enter: async (address) => tokensTold(await identity.ask(START, input, by(world, address))) };
    },
    userOff: 'ACCOUNT_NOT_FOUND',
    memberOff: 'ACCOUNT_NOT_FOUND',
  },
  {
    door: 'LOGIN_AS_RENEW',
    title: 'continuing a log-in-as',
    open: two,
    async way(world) {
      const { loginAsId, clientId } = await startLoginAs(world);
      return {
        clientId,
        enter: async (address) => tokensTold(await identity.ask(ASK.renew, { loginAsId }, by(world, address))),
      };
    },
    userOff: 'LOGIN_AS_NOT_FOUND',
    memberOff: 'LOGIN_AS_NOT_FOUND',
  },
  {
    door: 'REQUEST',
    title: 'a request with a session',
    open: inStillTime,
    way: async (world) => request((await world.getIn(INSIDE)).accessToken),
    userOff: 'UNAUTHENTICATED',
    memberOff: 'WITHOUT_ACCOUNT',
  },
  {
    door: 'REQUEST',
    title: 'a request with an API key',
    open: inStillTime,
    way: async (world) =>
      request(done(await still.ask(ASK.keyCreate, { name: 'k', areas: AREAS }, world.viewer)).secret),
    userOff: 'UNAUTHENTICATED',
    memberOff: 'UNAUTHENTICATED',
  },
  {
    door: 'REQUEST',
    title: 'a request by a log-in-as',
    open: inStillTime,
    async way(world) {
      const { loginAsId, clientId } = await startLoginAs(world);
      const { tokens } = done(await still.ask(ASK.renew, { loginAsId }, world.viewer));
      return { ...request(tokens.accessToken), clientId };
    },
    userOff: 'UNAUTHENTICATED',
    memberOff: 'UNAUTHENTICATED',
  },
];

const LISTS = ['MEMBERSHIP', 'ACCOUNT', 'CLIENT'] as const;

async function limit(world: World, list: (typeof LISTS)[number], clientId: string | undefined): Promise<void> {
  if (list === 'MEMBERSHIP')
    await world.identity.admin.query(`update membership set networks = '{10.0.0.0/8}' where user_id = $1`, [
      world.userId,
    ]);
  else
    await world.identity.admin.query(`insert into access.account_network values ($1, '{10.0.0.0/8}')`, [
      list === 'ACCOUNT' ? world.host.accountId : clientId,
    ]);
}

test('G11 every door is tried', () => {
  expect(new Set(CASES.map(({ door }) => door))).toEqual(new Set(Object.keys(DOORS)));
});

const guarded = CASES.flatMap((each) =>
  LISTS.flatMap((list) => [OUTSIDE, null].map((address) => ({ ...each, list, address }))),
).filter(
  // A sign-up opens an account of one's own, which nothing limits yet; clients are for those who act for one.
  ({ door, title, list }) => door !== 'SIGN_UP_LINK' && (list !== 'CLIENT' || title.endsWith('log-in-as')),
);
test.each(guarded)('G11 $title from $address against the list of the $list', async (each) => {
  const world = await each.open();
  const { enter, clientId } = await each.way(world);
  await limit(world, each.list, clientId);
  const shut = DOORS[each.door] === 'REFUSED';
  expect(await enter(each.address)).toBe(shut ? 'ADDRESS_NOT_ALLOWED' : 'WITHOUT_ACCOUNT');
  // Nothing was used up or ended by it.
  if (shut) expect(await enter(INSIDE)).toBe('IN');
});

test.each(CASES)('G18 $title by somebody who was deactivated', async ({ open, way, userOff }) => {
  const world = await open();
  const { enter } = await way(world);
  await EVENT.USER_DEACTIVATED(world);
  expect(await enter(INSIDE)).toBe(userOff);
});

test.each(CASES.filter(({ memberOff }) => memberOff !== null))(
  'G18 $title by somebody whose membership was deactivated',
  async ({ open, way, memberOff }) => {
    const world = await open();
    const { enter } = await way(world);
    await EVENT.MEMBERSHIP_DEACTIVATED(world);
    expect(await enter(INSIDE)).toBe(memberOff);
  },
);

test('G11 a stolen refresh token, used from outside, is not used up, raises no alarm and ends no session', async () => {
  const world = await openWorld(identity);
  const { sessionId, refreshToken } = await world.getIn(INSIDE);
  await limit(world, 'ACCOUNT', undefined);
  const refresh = (token: string, address: string): Promise<Answer> =>
    identity.ask(ASK.refresh, { refreshToken: token }, anonymous(address));
  const refused = { session: null, userErrors: [{ code: 'ADDRESS_NOT_ALLOWED', rule: 'G11' }] };
  expect(await refresh(refreshToken, OUTSIDE)).toEqual(refused);
  const next = done(await refresh(refreshToken, INSIDE)).session.refreshToken;
  // By now the stolen one is an old one, whose reuse would end the session.
  world.pass(60_000);
  expect(await refresh(refreshToken, OUTSIDE)).toEqual(refused);
  expect(done(await refresh(next, INSIDE)).session.sessionId).toBe(sessionId);
  expect((await refresh(refreshToken, INSIDE)).userErrors[0].code).toBe('REFRESH_NOT_VALID');
  expect(await world.standing({ sessionId })).toBeNull();
});

test('G11 the second factor, the password, the e-mail and a key are changed by requests, which the lists of the chosen account guard', async () => {
  const world = await openWorld(still);
  const { accessToken } = await world.getIn(INSIDE);
  await limit(world, 'MEMBERSHIP', undefined);
  expect(await request(accessToken).enter(OUTSIDE)).toBe('ADDRESS_NOT_ALLOWED');
  // The shield lets no one else do it.
  for (const query of [ASK.enroll, ASK.confirm, ASK.disable, ASK.changePassword, ASK.changeEmail, ASK.keyRotate]) {
    const input = { password: 'p', newPassword: 'p', newEmail: 'e', code: 'c', apiKeyId: 'k' };
    const name = /input: (\w+)Input!/.exec(query)?.[1] ?? '';
    const wanted: Record<string, string[]> = {
      TotpEnroll: ['password'],
      TotpConfirm: ['code'],
      TotpDisable: ['password'],
      PasswordChange: ['password', 'newPassword'],
      EmailChange: ['password', 'newEmail'],
      ApiKeyRotate: ['apiKeyId'],
    };
    const given = Object.fromEntries(Object.entries(input).filter(([key]) => wanted[name]?.includes(key)));
    const { errors } = await still.execute(query, { input: given }, anonymous(OUTSIDE));
    expect([name, errors?.[0]?.extensions?.code]).toEqual([name, 'UNAUTHENTICATED']);
  }
});
