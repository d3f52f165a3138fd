import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { ask } from './ask.ts';

let server: Server;
let bodies: string[];

/** A gateway that answers its calls one after the other in the ways given. */
async function gatewayThat(...answers: ((response: ServerResponse) => void)[]): Promise<{ url: string; token: null }> {
  bodies = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const answer = answers[bodies.length];
    bodies.push(body);
    if (answer === undefined) response.destroy();
    else answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: null };
}
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const json = (status: number, body: unknown) => (response: ServerResponse) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const fails = (code: string, more = {}) => ({ errors: [{ message: 'No.', extensions: { code, ...more } }] });
const breaksOff = (response: ServerResponse): void => void response.destroy();

test('the same question is asked again after a 503, a broken connection and an error that says when to come back', async () => {
  const door = await gatewayThat(
    json(503, fails('OVERLOADED')),
    breaksOff,
    json(200, { data: null, ...fails('SUBGRAPH_TIMEOUT', { retryAfter: 1 }) }),
    json(200, { data: { events: 7 } }),
  );
  expect(await ask(door, '{ events }', { n: 1 })).toEqual({ data: { events: 7 }, attempts: 4 });
  expect(bodies).toEqual(Array.from({ length: 4 }, () => JSON.stringify({ query: '{ events }', variables: { n: 1 } })));
});

test('a "no" is not asked again', async () => {
  const door = await gatewayThat(json(401, fails('UNAUTHENTICATED')));
  await expect(ask(door, '{ events }')).rejects.toMatchObject({ code: 'UNAUTHENTICATED', message: 'No.' });
  expect(bodies).toHaveLength(1);
});

test('half an answer is none: what is counted must be whole', async () => {
  const door = await gatewayThat(json(200, { data: { events: null, name: 'A' }, ...fails('FORBIDDEN') }));
  await expect(ask(door, '{ events name }')).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

test('what is no JSON is told with its status', async () => {
  const door = await gatewayThat((response) => void response.writeHead(502).end('<html>'));
  await expect(ask(door, '{ events }')).rejects.toMatchObject({ code: '502' });
});

test('a gateway that is not there has no code, and patience ends', async () => {
  const door = await gatewayThat();
  await new Promise((resolve) => server.close(resolve));
  await expect(ask(door, '{ events }', {}, 0)).rejects.toMatchObject({
    code: null,
    message: 'The gateway does not answer (ECONNREFUSED).',
  });
});

test('patience ends also with a gateway that keeps breaking off', async () => {
  const door = await gatewayThat(breaksOff, breaksOff, breaksOff, breaksOff);
  await expect(ask(door, '{ events }', {}, 1_000)).rejects.toMatchObject({ code: null });
  expect(bodies.length).toBeGreaterThan(1);
});
