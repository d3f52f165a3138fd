import { createHash } from 'node:crypto';
import { unreachable } from '@comptoir/shared/service/deadline.ts';
import { newApiKey } from '@comptoir/shared/viewer/apiKey.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { accessToken, goodStanding, type KeyPair, keyPair, type TestGraph, testGraph } from '../testing/graph.ts';
import { type Authenticate, createAuthenticate, readAccount, readAreas, readBearer } from './authenticate.ts';
import { MAX_BELIEVED_MS } from './standing.ts';

const call = { requestId: 'request-1', address: '203.0.113.7' };
const otherAccount = '0198aaaa-bbbb-7ccc-8ddd-eeeeffff0000';
let identityKey: KeyPair;
let graph: TestGraph;
let authenticate: Authenticate;

beforeAll(async () => {
  identityKey = await keyPair();
});

beforeEach(() => {
  graph = testGraph();
  authenticate = createAuthenticate(graph.subgraphs.identity, identityKey.public);
});

const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });

/** The refusal as `status code: message`, or the viewer. */
async function outcome(headers: Parameters<Authenticate>[0], from = call): Promise<Viewer | string> {
  try {
    return await authenticate(headers, from);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const { code, http } = error.extensions as { code: string; http: { status: number } };
    return `${http.status} ${code}: ${error.message}`;
  }
}

test('without a header nobody calls, and identity is not asked', async () => {
  expect(await outcome({})).toEqual({ ...call, kind: 'ANONYMOUS', userId: null, sessionId: null });
  expect(graph.asked).toHaveLength(0);
});

test('a session makes a person with what identity says of it', async () => {
  graph.standings.set('session', goodStanding);
  expect(await outcome(bearer(await accessToken(identityKey.private)))).toEqual({
    ...call,
    kind: 'PERSON',
    userId: 'user',
    accountId: 'account',
    membershipId: 'membership',
    role: 'MEMBER',
    areas: { BILLING: 'READ', TRACKERS: 'WRITE' },
    sessionId: 'session',
    networks: [],
  });
  expect(graph.asked[0]?.viewer).toMatchObject({ kind: 'SERVICE', service: 'gateway' });
});

test('N12 a log-in-as makes a person with who acts behind it', async () => {
  const actors = [{ userId: 'user', accountId: 'partner', loginAsId: 'login-as' }];
  graph.standings.set('session', { ...goodStanding, actors });
  expect(await outcome(bearer(await accessToken(identityKey.private)))).toMatchObject({ kind: 'PERSON', actors });
});

test('G15 G11 a key is noted as used once its address is admitted, and only then', async () => {
  const used: string[] = [];
  authenticate = createAuthenticate(graph.subgraphs.identity, identityKey.public, (keyId) => used.push(keyId));
  for (const [keyId, networks] of [
    ['admitted', []],
    ['refused', [['10.0.0.0/8']]],
  ] as [string, string[][]][]) {
    const { text, hash } = newApiKey();
    graph.standings.set(hash, { ...goodStanding, keyId, networks });
    await outcome(bearer(text));
  }
  expect(used).toEqual(['admitted']);
});

test('O13 a session that has chosen no account is a person with nothing open', async () => {
  graph.standings.set('session', { ...goodStanding, accountId: null, membershipId: null, role: null, areas: [] });
  const token = await accessToken(identityKey.private, { claims: { acc: null } });
  expect(await outcome(bearer(token))).toEqual({
    ...call,
    kind: 'ANONYMOUS',
    userId: 'user',
    sessionId: 'session',
    networks: [],
  });
});

test('G15 an API key makes a key viewer, for the account that the header names', async () => {
  const { text, hash } = newApiKey();
  graph.standings.set(hash, { ...goodStanding, keyId: 'key-1', accountId: otherAccount });
  const viewer = await outcome({ ...bearer(text), 'comptoir-account': otherAccount });
  expect(viewer).toMatchObject({ kind: 'KEY', keyId: 'key-1', accountId: otherAccount });
  expect(viewer).not.toHaveProperty('sessionId');
  expect(graph.asked[0]?.request.variables).toEqual({ credential: { keyHash: hash, accountId: otherAccount } });
});

test('G15 a mistyped key is refused without asking identity', async () => {
  const { text } = newApiKey();
  const mistyped = text.slice(0, -1) + (text.endsWith('a') ? 'b' : 'a');
  expect(await outcome(bearer(mistyped))).toBe('401 UNAUTHENTICATED: The API key is not valid.');
  expect(graph.asked).toHaveLength(0);
});

test('G15 an unknown key looks like a mistyped one', async () => {
  expect(await outcome(bearer(newApiKey().text))).toBe('401 UNAUTHENTICATED: The API key is not valid.');
});

test('G18 an ended session says so', async () => {
  const token = await accessToken(identityKey.private);
  expect(await outcome(bearer(token))).toBe('401 UNAUTHENTICATED: The session has ended. Log in again.');
});

test('an expired access token says what to do', async () => {
  const token = await accessToken(identityKey.private, { claims: { exp: Math.floor(Date.now() / 1000) - 1 } });
  expect(await outcome(bearer(token))).toBe('401 UNAUTHENTICATED: The access token has expired; use sessionRefresh.');
});

test.each([
  ['another audience', { claims: { aud: 'billing' } }],
  ['another issuer', { claims: { iss: 'gateway' } }],
  ['another type: a viewer is no access token', { header: { typ: 'viewer+jwt' } }],
  ['no session', { claims: { sid: undefined } }],
  ['no end', { claims: { exp: undefined } }],
  ['an account that is no text', { claims: { acc: 7 } }],
])('an access token with %s is not valid', async (_what, change) => {
  graph.standings.set('session', goodStanding);
  const token = await accessToken(identityKey.private, change);
  expect(await outcome(bearer(token))).toBe('401 UNAUTHENTICATED: The access token is not valid.');
});

test('a stranger’s signature is not valid, expired or not', async () => {
  const stranger = await keyPair();
  const exp = Math.floor(Date.now() / 1000) - 1;
  for (const claims of [{}, { exp }]) {
    expect(await outcome(bearer(await accessToken(stranger.private, { claims })))).toMatch(/access token is not valid/);
  }
});

test('G11 every list must hold the address; an unreadable address is in none', async () => {
  const token = bearer(await accessToken(identityKey.private));
  const networks = [['203.0.113.0/24'], ['203.0.113.7/32', '::/0']];
  graph.standings.set('session', { ...goodStanding, networks });
  // The lists go on with the viewer, for the subgraphs to judge again.
  expect(await outcome(token)).toMatchObject({ kind: 'PERSON', networks });
  expect(await outcome(token, { ...call, address: '203.0.113.8' })).toMatch(/^403 ADDRESS_NOT_ALLOWED/);
  expect(await outcome(token, { ...call, address: null as never })).toMatch(/^403 ADDRESS_NOT_ALLOWED/);
  // Of somebody who acts for no account as well.
  graph.standings.set('session', { ...goodStanding, networks, accountId: null, membershipId: null, role: null });
  authenticate = createAuthenticate(graph.subgraphs.identity, identityKey.public);
  expect(await outcome(token)).toMatchObject({ kind: 'ANONYMOUS', networks });
});

test('what identity refuses is shown, with a decision id', async () => {
  graph.standings.set('session', { ...goodStanding, refusal: 'You have no access to this account.' });
  const token = bearer(await accessToken(identityKey.private));
  expect(await outcome(token)).toBe('403 FORBIDDEN: You have no access to this account.');
});

test('O13 a key that reaches several accounts and names none is told to, and how', async () => {
  const { text, hash } = newApiKey();
  graph.standings.set(hash, { ...goodStanding, keyId: 'key-1', accountId: null, membershipId: null, role: null });
  expect(await outcome(bearer(text))).toMatch(/^403 ACCOUNT_NOT_CHOSEN: .*"Comptoir-Account"/);
});

test('G18 sessions and keys stop within one second: an answer is believed for half of one, counted from the question', async () => {
  expect(MAX_BELIEVED_MS).toBeLessThanOrEqual(500);
  let ms = 0;
  const { public: publicKey } = identityKey;
  authenticate = createAuthenticate(graph.subgraphs.identity, publicKey, undefined, undefined, () => ms);
  const { text, hash } = newApiKey();
  const callers = [
    ['session', bearer(await accessToken(identityKey.private)), goodStanding],
    [hash, bearer(text), { ...goodStanding, keyId: 'key-1' }],
  ] as const;
  for (const [credential, headers, standing] of callers) {
    graph.asked.length = 0;
    graph.standings.set(credential, standing);
    await Promise.all([outcome(headers), outcome(headers), outcome(headers)]);
    expect(graph.asked).toHaveLength(1);

    graph.standings.delete(credential);
    ms += MAX_BELIEVED_MS - 1;
    expect(typeof (await outcome(headers))).toBe('object');
    expect(graph.asked).toHaveLength(1);
    ms += 1;
    expect(await outcome(headers)).toMatch(/^401 UNAUTHENTICATED/);
    expect(graph.asked).toHaveLength(2);
  }
});

test('O14 whoever changed something is asked about anew, by every account of the credential, and nobody else is', async () => {
  graph.standings.set('session', goodStanding);
  const token = bearer(await accessToken(identityKey.private));
  const viewer = (await outcome(token)) as Viewer;
  await outcome({ ...token, 'comptoir-account': otherAccount });
  expect(graph.asked).toHaveLength(2);
  graph.standings.set('session', { ...goodStanding, areas: ['BILLING:READ'] });
  authenticate.forget(viewer);
  expect(await outcome(token)).toMatchObject({ areas: { BILLING: 'READ' } });
  expect(await outcome({ ...token, 'comptoir-account': otherAccount })).toMatchObject({ areas: { BILLING: 'READ' } });
  expect(graph.asked).toHaveLength(4);
  // Of whom nothing is known there is nothing to forget.
  authenticate.forget({ ...call, kind: 'ANONYMOUS', userId: null, sessionId: null });
});

test('U14 an account that is still being opened is one in the viewer', async () => {
  graph.standings.set('session', { ...goodStanding, opening: true });
  expect(await outcome(bearer(await accessToken(identityKey.private)))).toMatchObject({ opening: true });
});

test('another account of the same session is another question', async () => {
  graph.standings.set('session', goodStanding);
  const token = bearer(await accessToken(identityKey.private));
  await outcome(token);
  await outcome({ ...token, 'comptoir-account': otherAccount });
  expect(graph.asked.map(({ request }) => request.variables?.credential)).toEqual([
    { sessionId: 'session', accountId: 'account' },
    { sessionId: 'session', accountId: otherAccount },
  ]);
});

test('with identity away nobody gets in, and its return is noticed at once', async () => {
  graph.standings.set('session', goodStanding);
  let away = true;
  const { identity } = graph.subgraphs;
  authenticate = createAuthenticate(
    { name: 'identity', execute: (...args) => (away ? Promise.resolve(unreachable()) : identity.execute(...args)) },
    identityKey.public,
  );
  const token = bearer(await accessToken(identityKey.private));
  expect(await outcome(token)).toMatch(/^503 SERVICE_UNAVAILABLE/);
  away = false;
  expect(await outcome(token)).toMatchObject({ kind: 'PERSON' });
});

test.each(['Basic dXNlcjpwdw==', 'Bearer', 'Bearer a b', `Bearer ${'x'.repeat(5_000)}`, ''])(
  'Authorization %j is refused',
  (header) => {
    expect(() => readBearer(header)).toThrow(/Authorization: Bearer/);
  },
);

test('an account header must be an id', () => {
  expect(readAccount(otherAccount.toUpperCase())).toBe(otherAccount);
  expect(readAccount(undefined)).toBeNull();
  expect(() => readAccount('1 or 1=1')).toThrow(/account id/);
  expect(() => readAccount([otherAccount, otherAccount])).toThrow(/account id/);
});

test('O10 areas read as held; WRITE includes READ, and what is unknown opens nothing', () => {
  expect(readAreas(['BILLING:READ', 'BILLING:WRITE', 'TRACKERS:READ'])).toEqual({ BILLING: 'WRITE', TRACKERS: 'READ' });
  expect(readAreas(['BILLING:WRITE', 'BILLING:READ'])).toEqual({ BILLING: 'WRITE' });
  expect(readAreas(['EVERYTHING:WRITE', 'BILLING:ADMIN', 'BILLING', ''])).toEqual({});
});

test('N25 who lacks a required second factor is a person who waits, is asked about anew each time, and says so to no log-in-as', async () => {
  const none = { accountId: null, membershipId: null, role: null, areas: [] };
  graph.standings.set('session', { ...goodStanding, ...none, secondFactorFor: 'account' });
  // No time passes between the two, so that a remembered answer would still be believed.
  const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
  const token = bearer(await accessToken(identityKey.private));
  expect(await outcome(token)).toEqual({
    ...call,
    kind: 'ANONYMOUS',
    userId: 'user',
    sessionId: 'session',
    secondFactorFor: 'account',
    networks: [],
  });
  // They have one now: the same session goes on at once.
  graph.standings.set('session', { ...goodStanding, secondFactor: true });
  expect(await outcome(token)).toMatchObject({ kind: 'PERSON', accountId: 'account', secondFactor: true });
  clock.mockRestore();

  const actors = [{ userId: 'user', accountId: 'partner', loginAsId: 'login-as' }];
  graph.standings.set('other', { ...goodStanding, actors, secondFactorFor: 'account' });
  const acting = bearer(await accessToken(identityKey.private, { claims: { sid: 'other' } }));
  expect(await outcome(acting)).toMatch(/^403 SECOND_FACTOR_REQUIRED: .*totpEnroll/);
});

test('G15 a key of the account acts by its own id, and for no person', async () => {
  const { text } = newApiKey();
  const keyHash = createHash('sha256').update(text).digest('hex');
  const own = { userId: 'key', membershipId: 'key', keyId: 'key', ofAccount: true };
  graph.standings.set(keyHash, { ...goodStanding, ...own });
  expect(await outcome(bearer(text))).toMatchObject({ kind: 'KEY', userId: 'key', keyId: 'key', ofAccount: true });
});
