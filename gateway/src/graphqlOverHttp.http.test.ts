import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { createGateway, type Gateway } from './server.ts';
import { keyPair, testGraph, testLog } from './testing/graph.ts';

/** GUARD: it speaks GraphQL over HTTP. The audits are those of the specification's reference implementation. */
let gateway: Gateway;
let url: string;

beforeAll(async () => {
  const { public: accessKey } = await keyPair();
  gateway = await createGateway({ ...testGraph(), accessKey, isReady: async () => undefined, log: testLog });
  url = `${await gateway.listen(0)}/graphql`;
});

afterAll(async () => {
  await gateway.drain({ deadlineMs: 0 });
});

/**
 * A GET carries no operation: what a link or an image can cause should be nothing. The specification leaves it to the
 * server (MAY).
 */
const NOT_OFFERED = ['5A70', 'D6D5', '6A70'];

const audits = serverAudits({ url: () => url });
const named = (kept: boolean): [string, (typeof audits)[number]][] =>
  audits.filter(({ id }) => NOT_OFFERED.includes(id) !== kept).map((audit) => [`${audit.id} ${audit.name}`, audit]);

test.each(named(true))('%s', async (_name, audit) => {
  const result = await audit.fn();
  expect([result.status, 'reason' in result ? result.reason : '']).toEqual(['ok', '']);
});

test.each(named(false))('%s: not offered, and said so with 405', async (name, audit) => {
  expect(name).toMatch(/^\w+ MAY /);
  const result = await audit.fn();
  expect(result.status).toBe('notice');
  expect('response' in result && result.response.status).toBe(405);
});
