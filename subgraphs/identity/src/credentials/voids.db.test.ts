import { newId } from '@comptoir/shared/values/uuid.ts';
import { anonymous } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { accountsDouble } from '../testing/accountsDouble.ts';
import { EVENT, MAKE, startLoginAs, UNDO } from '../testing/credentialCells.ts';
import { ASK, openWorld } from '../testing/credentialWorld.ts';
import { type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';
import { EVENTS, THINGS, type Thing, VOIDS, type VoidEvent } from './voidTable.ts';

/** Walks the table of what ends with what: makes each thing, makes each event, and tries the thing. */
let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity({ accounts: accountsDouble() });
  await identity.subgraph.startJobs();
});
afterAll(() => identity.stop());

/** The standing answer of what refuses a thing that is void. */
const REFUSED: Record<Thing, string> = {
  SIGN_UP_LINK: 'LINK_NOT_VALID',
  RESET_LINK: 'LINK_NOT_VALID',
  INVITATION_LINK: 'LINK_NOT_VALID',
  EMAIL_CHANGE: 'LINK_NOT_VALID',
  TOTP_PENDING: 'TOTP_NOT_PENDING',
  RECOVERY_CODES: 'CODE_WRONG',
  LOGIN_CHALLENGE: 'CHALLENGE_NOT_VALID',
  KNOWN_NETWORK: 'LOGIN_LOCKED',
  SESSION: 'REFRESH_NOT_VALID',
  LOGIN_AS: 'LOGIN_AS_NOT_FOUND',
  API_KEY: 'NOTHING',
  ACCOUNT_KEY: 'NOTHING',
};
/** Where another answer stands before it: the door is shut, or another thing is in its place. */
const REFUSED_FIRST: Partial<Record<Thing, Partial<Record<VoidEvent, string>>>> = {
  TOTP_PENDING: { NEWER: 'CODE_WRONG' },
  RECOVERY_CODES: { USER_DEACTIVATED: 'LOGIN_FAILED' },
};

const cells = THINGS.flatMap((thing) => EVENTS.map((event) => ({ thing, event, ...VOIDS[thing][event] })));

test('GUARD every cell of the table gives a reason', () => {
  expect(cells).toHaveLength(THINGS.length * EVENTS.length);
  expect(cells.filter(({ because }) => because.length < 10)).toEqual([]);
});

test.each(cells.filter(({ is }) => is !== 'NEVER'))('GUARD $thing, then $event: $is', async ({ thing, event, is }) => {
  // What is for somebody without a login is made for one.
  const invited = event === 'FIRST_PASSWORD' || (thing === 'SIGN_UP_LINK' && event !== 'EMAIL_CHANGED');
  const world = await openWorld(identity, { invited });
  const made = await MAKE[thing](world, event);
  if (event === 'NEWER') await made.another();
  else await EVENT[event](world);

  const refused = REFUSED_FIRST[thing]?.[event] ?? REFUSED[thing];
  expect(await made.attempt()).toBe(is === 'KEEP' ? 'WORKS' : refused);
  if (is === 'KEEP' || UNDO[event] === undefined) return;
  await UNDO[event](world);
  expect(await made.attempt()).toBe(is === 'STOPS' ? 'WORKS' : REFUSED[thing]);
});

test('GUARD what somebody began towards an address that another person has by now is void', async () => {
  const [world, other] = [await openWorld(identity), await openWorld(identity)];
  const tokens = await other.changeEmail(world.newEmail);
  await EVENT.EMAIL_CHANGED(world);
  for (const token of tokens)
    expect((await identity.ask(ASK.confirmEmail, { token })).userErrors).toEqual([{ code: 'LINK_NOT_VALID' }]);
});

test('GUARD a sign-up voids what an invitation had mailed for choosing a first password, and the invitation stands', async () => {
  const world = await openWorld(identity, { invited: true });
  const reset = await MAKE.RESET_LINK(world, 'FIRST_PASSWORD');
  const signUp = await MAKE.SIGN_UP_LINK(world, 'FIRST_PASSWORD');
  expect(await signUp.attempt()).toBe('WORKS');
  expect(await reset.attempt()).toBe('LINK_NOT_VALID');
  const viewer = { ...anonymous(), userId: world.userId, sessionId: newId(), networks: [] };
  expect((await identity.ask(ASK.accept, { token: world.hostInvitation }, viewer)).userErrors).toEqual([]);
});

test('A59 whoever is deactivated acts for nobody from that commit on, and the client sees that it ended', async () => {
  const world = await openWorld(identity);
  const { loginAsId } = await startLoginAs(world);
  await EVENT.MEMBERSHIP_DEACTIVATED(world);
  const { rows } = await identity.admin.query(
    'select ended_at is not null as ended, ended_by = actor_user_id as by_actor from login_as where id = $1',
    [loginAsId],
  );
  expect(rows).toEqual([{ ended: true, by_actor: true }]);
});
