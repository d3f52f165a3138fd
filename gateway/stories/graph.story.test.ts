import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { seededRandom } from '@comptoir/testing/random.ts';
import { openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import pino from 'pino';
import { randomOperation } from '../src/plan/testing/randomOperation.ts';
import { done, type Person, signUp } from './people.ts';

/**
 * One answer is as good as what the caller may see: what they may not takes nothing along, and nothing that they send
 * is a fault of ours.
 */
let installation: TestInstallation;
let marie: Person;
let sam: Person;
const bugs: string[] = [];

beforeAll(async () => {
  const stream = new Writable({ write: (chunk, _encoding, next) => next(void bugs.push(String(chunk))) });
  installation = await openTestInstallation({ log: pino({ level: 'error' }, stream) as never });
  [marie, sam] = await Promise.all([
    signUp(installation, 'marie@boulangerie.example', 'Boulangerie Martin'),
    signUp(installation, 'sam@ailleurs.example', 'Ailleurs'),
  ]);
  const { invitation } = await done(
    installation,
    'mutation ($input: InvitationCreateInput!) { invitationCreate(input: $input) { invitation { id } userErrors { code } } }',
    { email: marie.email, role: 'MEMBER', areas: [{ area: 'TRACKERS', verb: 'READ' }] },
    sam.token,
  );
  await installation.mailbox.waitFor(marie.email, ({ subject }) => subject.includes('vous invite'));
  await done(
    installation,
    'mutation ($input: InvitationAcceptInput!) { invitationAccept(input: $input) { userErrors { code } } }',
    { invitationId: invitation.id },
    marie.token,
  );
});
afterAll(() => installation.stop());

const NAMES = '{ viewer { account { id } memberships { nodes { account { name } } } } }';
const names = ['Ailleurs', 'Boulangerie Martin'];

test('O14 a person with several accounts sees the names of all, whichever they act for', async () => {
  const { data, errors } = await installation.ask(NAMES, {}, marie.token);
  expect(errors).toBeUndefined();
  expect(data.viewer.account).toEqual({ id: marie.accountId });
  expect(data.viewer.memberships.nodes.map(({ account }: any) => account.name).sort()).toEqual(names);
});

test('P a mutation that is denied takes nothing along of those beside it', async () => {
  const { data, errors } = await installation.ask(
    `mutation { made: trackerCreate(input: { kind: QR_CODE, name: "Vitrine" }) { tracker { name } userErrors { code } }
      denied: accountConvertToPartner(input: { accountId: "${marie.accountId}" }) { account { id } } }`,
    {},
    marie.token,
  );
  expect(data).toEqual({ made: { tracker: { name: 'Vitrine' }, userErrors: [] }, denied: null });
  expect(errors).toEqual([expect.objectContaining({ path: ['denied'] })]);
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test('O14 what else is out of sight of another account is null there, is told, and takes nothing along', async () => {
  const { data, errors } = await installation.ask(
    '{ viewer { user { email } memberships { nodes { id type account { name kind } } } } }',
    {},
    marie.token,
  );
  expect(data.viewer.user).toEqual({ email: marie.email });
  const [newer, own] = data.viewer.memberships.nodes;
  expect(own.account).toEqual({ name: 'Boulangerie Martin', kind: 'CLIENT' });
  expect(newer).toEqual({ id: expect.any(String), type: 'GUEST', account: null });
  expect(errors).toMatchObject([
    { path: ['viewer', 'memberships', 'nodes', 0, 'account', 'kind'], extensions: { code: 'NOT_AVAILABLE' } },
  ]);
});

test('G11 an account that may not be reached from here keeps its name in the list of those that one is in, and nothing more', async () => {
  await installation.admin.query('insert into access.account_network (account, networks) values ($1, $2)', [
    sam.accountId,
    ['10.0.0.0/8'],
  ]);
  const { data, errors } = await installation.ask(NAMES, {}, marie.token);
  expect(errors).toBeUndefined();
  expect(data.viewer.memberships.nodes.map(({ account }: any) => account.name).sort()).toEqual(names);
  const hidden = await installation.ask(
    'query ($id: ID!) { account(id: $id) { name } }',
    { id: sam.accountId },
    marie.token,
  );
  expect(hidden.data).toEqual({ account: null });
  await installation.admin.query('delete from access.account_network where account = $1', [sam.accountId]);
});

test('one may not reach what somebody else is in by the name of an account', async () => {
  const { data } = await installation.ask(
    'query ($id: ID!, $none: ID!) { a: account(id: $id) { name } b: account(id: $none) { name } viewer { account { name } } }',
    { id: marie.accountId, none: newId() },
    sam.token,
  );
  expect(data).toEqual({ a: null, b: null, viewer: { account: { name: 'Ailleurs' } } });
});

test('what is closed to the caller leaves the rest of the answer, anonymous or not', async () => {
  const query =
    '{ viewer { user { email memberships { nodes { id } } } } accounts { nodes { id } } ledgerCheck { problems { message: __typename } } }';
  const { data, errors } = await installation.ask(query, {}, marie.token);
  expect(data).toEqual({
    viewer: { user: { email: marie.email, memberships: null } },
    accounts: null,
    ledgerCheck: null,
  });
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
  const nobody = await installation.ask(query);
  expect(nobody.data).toEqual({ viewer: null, accounts: null, ledgerCheck: null });
  expect(nobody.errors?.map(({ extensions }) => extensions.code)).toEqual(Array(3).fill('UNAUTHENTICATED'));
});

test('nothing that anybody sends is an incident: null, junk and random operations, with and without a token', async () => {
  const schema = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'), {
    assumeValid: true,
  });
  const random = seededRandom(Number(process.env.SEED ?? 20261201));
  const draw = (below: number): number => random.between(0, below - 1);
  const headers: Record<string, string>[] = [
    {},
    { 'comptoir-account': 'x' },
    { 'comptoir-account': sam.accountId },
    { authorization: 'Bearer x' },
  ];
  const seen: Record<string, number> = {};
  for (let turn = 0; turn < Number(process.env.RUNS ?? 250); turn++) {
    const { query, variables } = randomOperation(schema, draw, turn % 3 === 2 ? 'mutation' : 'query', turn % 4 > 0);
    const { data, errors } = await installation.ask(
      query,
      variables,
      turn % 2 === 0 ? null : marie.token,
      random.pick(headers),
    );
    for (const { message, extensions } of errors ?? []) {
      seen[extensions.code] = (seen[extensions.code] ?? 0) + 1;
      if (extensions.code !== 'INTERNAL_SERVER_ERROR') continue;
      throw new Error(`${message}\n${query}\n${JSON.stringify(variables)}\n${bugs.join('\n')}`);
    }
    if (errors === undefined) seen.ok = (seen.ok ?? 0) + (data === undefined ? 0 : 1);
  }
  expect(bugs).toEqual([]);
  // Or nothing was tried.
  expect(Object.keys(seen)).toEqual(expect.arrayContaining(['BAD_USER_INPUT', 'UNAUTHENTICATED', 'ok']));
});
