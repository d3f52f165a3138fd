import { beforeAll, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { Viewer } from './viewer.ts';
import { signViewer, verifyViewer } from './viewerToken.ts';

const call = { requestId: 'request-1', address: '10.0.0.1' };
const person: Viewer = {
  ...call,
  kind: 'PERSON',
  userId: 'user',
  accountId: 'account',
  membershipId: 'membership',
  role: 'MEMBER',
  areas: { BILLING: 'READ', TRACKERS: 'WRITE' },
  sessionId: 'session',
  networks: [],
};
const loggedInAs: Viewer = { ...person, actors: [{ userId: 'user', accountId: 'partner', loginAsId: 'login-as' }] };
const billingItself: Viewer = { ...call, kind: 'SERVICE', service: 'billing' };

let gateway: { private: JWK; public: JWK };
let billing: { private: JWK; public: JWK };
let keys: Record<string, JWK>;

async function keyPair(): Promise<{ private: JWK; public: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { private: await exportJWK(privateKey), public: await exportJWK(publicKey) };
}

beforeAll(async () => {
  [gateway, billing] = await Promise.all([keyPair(), keyPair()]);
  keys = { gateway: gateway.public, billing: billing.public };
});

test('N12 who acts behind a person crosses the wire, and nothing that is no actor does', async () => {
  const sign = (viewer: Viewer): Promise<string> =>
    signViewer(viewer, { key: gateway.private, issuer: 'gateway', audience: 'billing' });
  expect(await verifyViewer(await sign(loggedInAs), { keys, audience: 'billing' })).toEqual(loggedInAs);
  for (const actors of ['partner', [{ userId: 'user' }], [null]]) {
    const viewer = { ...person, actors } as unknown as Viewer;
    expect(await verifyViewer(await sign(viewer), { keys, audience: 'billing' })).toBeNull();
  }
});

/** A token like ours but for what the test changes. */
function token(viewer: unknown, change: (jwt: SignJWT) => SignJWT = (jwt) => jwt, header = {}): SignJWT {
  return change(
    new SignJWT({ viewer })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'viewer+jwt', ...header })
      .setIssuer('gateway')
      .setAudience('trackers')
      .setIssuedAt()
      .setExpirationTime('30s'),
  );
}

const signed = async (jwt: SignJWT, key = gateway.private): Promise<string> => {
  const { importJWK } = await import('jose');
  return await jwt.sign(await importJWK(key, 'EdDSA'));
};

const verify = (text: string): Promise<Viewer | null> => verifyViewer(text, { keys, audience: 'trackers' });

test.each<Viewer>([
  person,
  { ...person, kind: 'KEY', keyId: 'key' },
  { ...call, kind: 'ANONYMOUS', userId: null, sessionId: null },
  { ...call, kind: 'ANONYMOUS', userId: 'user', sessionId: 'session', networks: [['10.0.0.1/32']] },
  { ...call, kind: 'SERVICE', service: 'gateway', address: null },
])('a $kind viewer of the gateway arrives as it was', async (viewer) => {
  const text = await signViewer(viewer, { key: gateway.private, issuer: 'gateway', audience: 'trackers' });
  expect(await verify(text)).toMatchObject(viewer);
});

test('G11 network lists arrive with the one network that holds the address, and empty where none does', async () => {
  const ends = Array.from(
    { length: 100 },
    (_, end) => `2001:db8:1111:2222:3333:4444:5555:${(end + 4096).toString(16)}/128`,
  );
  const networks = [[...ends, '10.0.0.0/8', '0.0.0.0/0'], ends, ['10.0.0.0/24']];
  const text = await signViewer(
    { ...person, networks },
    { key: gateway.private, issuer: 'gateway', audience: 'trackers' },
  );
  expect(await verify(text)).toEqual({ ...person, networks: [['10.0.0.0/8'], [], ['10.0.0.0/24']] });
  expect(text.length).toBeLessThan(1_500);
});

test('a service speaks for itself and for nobody else', async () => {
  const sign = (viewer: Viewer): Promise<string> =>
    signViewer(viewer, { key: billing.private, issuer: 'billing', audience: 'trackers' });
  expect(await verify(await sign(billingItself))).toMatchObject(billingItself);
  expect(await verify(await sign({ ...call, kind: 'SERVICE', service: 'accounts' }))).toBeNull();
  expect(await verify(await sign({ ...call, kind: 'SERVICE', service: 'gateway' }))).toBeNull();
  expect(await verify(await sign(person))).toBeNull();
  expect(await verify(await sign({ ...call, kind: 'ANONYMOUS', userId: null, sessionId: null }))).toBeNull();
});

test('the gateway does not speak for another service', async () => {
  expect(await verify(await signed(token(billingItself)))).toBeNull();
});

test('a token is for one subgraph only', async () => {
  expect(await verify(await signed(token(person)))).not.toBeNull();
  expect(await verify(await signed(token(person, (jwt) => jwt.setAudience('billing'))))).toBeNull();
  expect(await verify(await signed(token(person, (jwt) => jwt.setAudience(['billing', 'trackers']))))).toBeNull();
});

test('another type of token is none: an access token is not a viewer', async () => {
  expect(await verify(await signed(token(person, undefined, { typ: 'at+jwt' })))).toBeNull();
  expect(await verify(await signed(token(person, undefined, { typ: undefined })))).toBeNull();
});

test('an unknown issuer, a stranger’s key and a changed letter are refused', async () => {
  const good = await signed(token(person));
  const stranger = await keyPair();
  expect(await verify(await signed(token(person), stranger.private))).toBeNull();
  expect(await verify(await signed(token(person, (jwt) => jwt.setIssuer('toString'))))).toBeNull();
  const [head, body, signature] = good.split('.') as [string, string, string];
  const forged = Buffer.from(
    JSON.stringify({ ...JSON.parse(Buffer.from(body, 'base64url').toString()), viewer: { ...person, role: 'OWNER' } }),
  );
  expect(await verify(`${head}.${forged.toString('base64url')}.${signature}`)).toBeNull();
  const none = Buffer.from('{"alg":"none","typ":"viewer+jwt"}').toString('base64url');
  expect(await verify(`${none}.${body}.`)).toBeNull();
});

test('algorithms are fixed: the public key is no shared secret', async () => {
  const secret = Buffer.from(gateway.public.x as string, 'base64url');
  const text = await new SignJWT({ viewer: person })
    .setProtectedHeader({ alg: 'HS256', typ: 'viewer+jwt' })
    .setIssuer('gateway')
    .setAudience('trackers')
    .setIssuedAt()
    .setExpirationTime('30s')
    .sign(secret);
  expect(await verify(text)).toBeNull();
});

test('a token lives 30 seconds, whatever it says of itself', async () => {
  const now = Math.floor(Date.now() / 1000);
  expect(
    await verify(await signed(token(person, (jwt) => jwt.setIssuedAt(now - 60).setExpirationTime(now - 30)))),
  ).toBeNull();
  expect(
    await verify(await signed(token(person, (jwt) => jwt.setIssuedAt(now - 60).setExpirationTime(now + 3600)))),
  ).toBeNull();
  expect(
    await verify(await signed(token(person, (jwt) => jwt.setIssuedAt(now + 60).setExpirationTime(now + 90)))),
  ).toBeNull();
});

test.each([
  ['nothing', undefined],
  ['an unknown kind', { ...person, kind: 'ROOT' }],
  ['no account', { ...person, accountId: null }],
  ['an unknown area', { ...person, areas: { EVERYTHING: 'WRITE' } }],
  ['no network lists, as an older gateway signs it (G11)', { ...person, networks: undefined }],
  ['no network lists, and no account', { ...call, kind: 'ANONYMOUS', userId: 'user', sessionId: 'session' }],
  ['network lists that are none', { ...person, networks: [null] }],
  ['a network that is no text', { ...person, networks: [[7]] }],
  ['a network that is long', { ...person, networks: [['1'.repeat(51)]] }],
  ['more networks than a list has', { ...person, networks: [Array.from({ length: 101 }, () => '10.0.0.0/8')] }],
  ['more lists than apply to anybody', { ...person, networks: Array.from({ length: 9 }, () => ['10.0.0.0/8']) }],
  ['an unknown verb', { ...person, areas: { BILLING: 'ALL' } }],
  ['no request id', { ...person, requestId: '' }],
])('a signed viewer with %s is refused', async (_what, viewer) => {
  expect(await verify(await signed(token(viewer)))).toBeNull();
});

test.each(['', 'a.b.c', 'Bearer x', 'x'.repeat(10_000)])('garbage is refused, not thrown', async (text) => {
  expect(await verify(text)).toBeNull();
});
