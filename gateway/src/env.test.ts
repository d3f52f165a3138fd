import { EnvReader } from '@comptoir/shared/process/env.ts';
import { expect, test } from '@jest/globals';
import { readGatewayAloneEnv, readGatewayEnv } from './env.ts';

test('defaults are those of the documentation', () => {
  const env = new EnvReader({});
  expect(readGatewayEnv(env)).toEqual({
    port: 4000,
    host: '127.0.0.1',
    trustedProxies: [],
    corsOrigins: [],
    introspection: 'on',
    subgraphTimeoutMs: 4_500,
    answerBytes: 10_000_000,
    executor: 'ours',
    admission: { running: 100, waiting: 50, waitMs: 100 },
    drainGraceMs: 0,
  });
  expect(() => env.check()).not.toThrow();
});

test.each([
  [{}, 'on'],
  [{ NODE_ENV: 'production' }, 'signed-in'],
  [{ NODE_ENV: 'production', INTROSPECTION: 'on' }, 'on'],
  [{ INTROSPECTION: 'off' }, 'off'],
])('in production nobody unknown asks the schema about itself, unless that is chosen: %j', (source, who) => {
  expect(readGatewayEnv(new EnvReader(source)).introspection).toBe(who);
});

test('lists are read, and proxies become networks', () => {
  const env = new EnvReader({
    TRUSTED_PROXIES: '10.0.0.1, 2001:DB8::/32',
    CORS_ORIGINS: 'https://a.example,http://localhost:3000',
  });
  const read = readGatewayEnv(env);
  expect(read.trustedProxies).toEqual(['10.0.0.1/32', '2001:db8::/32']);
  expect(read.corsOrigins).toEqual(['https://a.example', 'http://localhost:3000']);
});

test('everything that is wrong is said at once', () => {
  const source = {
    TRUSTED_PROXIES: '010.0.0.1',
    CORS_ORIGINS: 'https://a.example/',
    PORT: 'x',
    BILLING_URL: 'billing:4003',
    SIGNING_KEY: '{"x":"y"}',
  };
  const problems = [
    /TRUSTED_PROXIES/,
    /CORS_ORIGINS/,
    /PORT/,
    /IDENTITY_URL/,
    /BILLING_URL/,
    /SIGNING_KEY/,
    /TRUSTED_KEYS/,
  ];
  for (const problem of problems) expect(() => readGatewayAloneEnv(source)).toThrow(problem);
});
