import { connect } from 'node:net';
import type { Agent } from 'undici';
import type { Attack } from './attacks.ts';

export type Answer = { status: number; type: string; text: string };

/** Sends it once and reads what comes of it. */
export async function sendAttack(url: string, agent: Agent, attack: Attack): Promise<Answer> {
  if (attack.bytes !== undefined) {
    const text = await exchange(url, attack.bytes);
    const [head = '', ...rest] = text.split('\r\n\r\n');
    const type = /content-type: (.*)/i.exec(head)?.[1] ?? '';
    return { status: Number(head.slice(9, 12)), type, text: rest.join('') };
  }
  const { method = 'POST', path = '/graphql', headers = {}, body } = attack;
  const plain = typeof body === 'string' || body instanceof Uint8Array || body === undefined;
  const response = await agent.request({
    origin: url,
    path,
    method: method as 'POST',
    headers: { ...(method === 'GET' ? {} : { 'content-type': 'application/json' }), ...headers },
    body: plain ? ((body as string | undefined) ?? null) : JSON.stringify(body),
  });
  const text = await response.body.text();
  return {
    status: response.statusCode,
    type: String(response.headers['content-type']),
    text,
  };
}

/** Writes the bytes and reads until the other side ends, or its answer is there. */
async function exchange(url: string, bytes: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes, 'latin1'));
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (text.includes('\r\n\r\n') && text.trimEnd().endsWith('}')) resolve(text);
  });
  socket.on('close', () => resolve(text));
  socket.on('error', (error) => (text === '' ? reject(error) : resolve(text)));
  return await promise.finally(() => socket.destroy());
}

/**
 * A refusal is JSON in the shape of GraphQL errors: a status of 4xx, or of 200 where the business of a field says no.
 */
export function isRefusal({ status, type, text }: Answer): boolean {
  const json = /^application\/(graphql-response\+)?json/.test(type) && text.trimStart().startsWith('{');
  const refusedField = /"errors":\[\{|"userErrors":\[\{/.test(text);
  return json && refusedField && ((status >= 400 && status < 500) || status === 200);
}
