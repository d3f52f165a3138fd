import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTransport } from 'nodemailer';
import { freePortsInARow } from '../machine/ports.ts';
import { type MailCatcher, startMailCatcher } from './mailCatcher.ts';
import { isFromHere } from './mailCatcherDoor.ts';

/** The real maildev: its mails hold links that reset passwords, so that its page answers to itself only. */
let mails: MailCatcher;
let port: number;
const SECRET = 'https://comptoir.test/reset?token=the-secret';

beforeAll(async () => {
  const smtpPort = await freePortsInARow(2);
  port = smtpPort + 1;
  mails = await startMailCatcher({ smtpPort, webPort: port });
  const sender = createTransport(mails.smtpUrl);
  await sender.sendMail({ from: 'us@comptoir.test', to: 'marie@example.org', subject: 'Reset', text: SECRET });
  sender.close();
  await until(async () => (await ask('/email')).body.includes(SECRET), 'the mail to be there');
});
afterAll(() => mails.stop());

type Heard = { status: number | undefined; body: string; headers: IncomingMessage['headers'] };

/** By Node's own client, which lets a test say the Host and Origin that a browser would. */
async function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Heard> {
  const asked = request({
    host: '127.0.0.1',
    port,
    path,
    method,
    headers: { host: `localhost:${port}`, ...headers },
  }).end();
  const outcome = await Promise.race([once(asked, 'response'), once(asked, 'upgrade')]);
  const [response, socket] = outcome as [IncomingMessage, { destroy(): void } | undefined];
  socket?.destroy();
  if (socket !== undefined) return { status: response.statusCode, body: '', headers: response.headers };
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, body, headers: response.headers };
}

const POLLING = '/socket.io/?EIO=4&transport=polling';
const WEBSOCKET = '/socket.io/?EIO=4&transport=websocket';
const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': Buffer.from('0123456789abcdef').toString('base64'),
};
/** The page, its API, its live feed, and what is not there. */
const PATHS = ['/', '/email', '/config', '/healthz', POLLING, '/nothing'];

test('the page, its API and its live feed serve the page itself and programs of this machine, and invite nobody', async () => {
  for (const headers of [{}, { host: `127.0.0.1:${port}` }, { origin: `http://localhost:${port}` }] as Record<
    string,
    string
  >[]) {
    for (const path of PATHS) {
      const { status, headers: told } = await ask(path, headers);
      expect([path, status]).toEqual([path, path === '/nothing' ? 404 : 200]);
      expect(Object.keys(told).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
    expect((await ask(WEBSOCKET, { ...UPGRADE, ...headers })).status).toBe(101);
  }
  const [mail] = JSON.parse((await ask('/email')).body);
  expect((await ask(`/email/${mail.id}`)).body).toContain(SECRET);
});

test.each([
  ['a foreign page', { origin: 'https://evil.example' }],
  ['another port of this machine', { origin: 'http://localhost:3000' }],
  ['the other name of this machine', { origin: 'http://127.0.0.1:PORT' }],
  ['a page without an origin', { origin: 'null' }],
  ['the same host by https', { origin: 'https://localhost:PORT' }],
  ['a name that was bound to this machine', { host: 'evil.example:PORT' }],
  ['that name, with its origin', { host: 'evil.example:PORT', origin: 'http://evil.example:PORT' }],
  ['a name that begins like ours', { host: 'localhost.evil.example:PORT' }],
  ['our name without its port', { host: 'localhost' }],
  ['a foreign page that fetches without CORS', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  [
    'a frame of a foreign page',
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  ],
] as [string, Record<string, string>][])(
  '%s is refused everywhere, preflights and websockets too',
  async (_who, written) => {
    const headers = Object.fromEntries(
      Object.entries(written).map(([name, value]) => [name, value.replace('PORT', String(port))]),
    );
    for (const method of ['GET', 'OPTIONS', 'DELETE']) {
      for (const path of PATHS) {
        const { status, body, headers: told } = await ask(path, headers, method);
        expect([method, path, status]).toEqual([method, path, 403]);
        expect(body).not.toContain(SECRET);
        expect(Object.keys(told).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      }
    }
    expect((await ask('/email/all', headers, 'DELETE')).status).toBe(403);
    expect((await ask(WEBSOCKET, { ...UPGRADE, ...headers })).status).toBe(403);
    expect((await ask('/email')).body).toContain(SECRET);
  },
);

test('a link to the page may be followed from anywhere', async () => {
  const followed = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  const { status, headers } = await ask('/', followed);
  expect([status, headers['x-frame-options'], headers['cross-origin-resource-policy']]).toEqual([
    200,
    'SAMEORIGIN',
    'same-origin',
  ]);
});

test('on port 80 the port is left out, and a request through a proxy is nobody’s', () => {
  expect(isFromHere({ url: '/', headers: { host: 'localhost', origin: 'http://localhost' } }, 80)).toBe(true);
  expect(isFromHere({ url: 'http://localhost/email', headers: { host: 'localhost' } }, 80)).toBe(false);
  expect(isFromHere({ url: '/', headers: {} }, 80)).toBe(false);
});
