import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { ANSWER_BYTES_MAX as MAX_ANSWER_BYTES } from '@comptoir/gateway/operation/limits.ts';
import type { Topology } from '../product/startProduct.ts';
import { spreadOf } from '../statistics/statistics.ts';
import { type Caller, openCaller, type Seen } from './load.ts';
import { openGuardInstallation } from './openInstallation.ts';

const STALL_MS = 100;
const ROUNDS = 5;

const times = (count: number, one: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => one(at)).join(' ');

/**
 * A few rows many times over: 2 clients, their 10 trackers, the account of each, its trackers, and so on. `fields` of
 * 2,000 trackers.
 */
const fleet = (id: string, fields: number, spread = false): string => {
  const trackers = (inner: string): string =>
    spread ? `trackers(first: 10) { ... { nodes { ${inner} } } }` : `trackers(first: 10) { nodes { ${inner} } }`;
  const account = (inner: string): string => `account { ${inner} }`;
  const ids = times(fields, (at) => `f${at}: id`);
  return `{ account(id: "${id}") { clients(first: 2) { nodes { ${trackers(account(trackers(account(trackers(ids)))))} } } } }`;
};

/** How many fields are as many bytes, by what one and eleven take. */
async function fieldsOf(caller: Caller, id: string, bytes: number): Promise<number> {
  const [one, eleven] = [await send(caller, fleet(id, 1)), await send(caller, fleet(id, 11))];
  return Math.floor((bytes - one.bytes) / ((eleven.bytes - one.bytes) / 10)) + 1;
}

const payers = 'trackers(first: 1) { nodes { id name payer { id name } } }';
const screen = `id name wallets { kind balance } ${payers} clients(first: 1) { nodes { id name wallets { kind balance } ${payers} } }`;

/**
 * The largest that is allowed, and what is a little more. The documents are other ones each round, so that nothing is
 * known of them: they ask for few rows, and cost most to validate or to plan of all that we tried within the limits.
 */
async function largestOf(caller: Caller, id: string): Promise<Record<string, (round: number) => string>> {
  const most = await fieldsOf(caller, id, MAX_ANSWER_BYTES);
  return {
    'just within the bound in bytes': () => fleet(id, Math.floor(most * 0.98)),
    'just beyond the bound in bytes': () => fleet(id, Math.ceil(most * 1.02)),
    'the same in fragments': () => fleet(id, Math.ceil(most * 1.02), true),
    'twice the bound in bytes, within that of values': () => fleet(id, 2 * most),
    'introspection, all that is allowed': () =>
      `{ __schema { types { name description fields { name description args { name type { name ofType { name } } } type { name ofType { name ofType { name } } } } } } }`,
    'to plan: twenty screens': (n) =>
      `query Q${n} { ${times(20, (at) => `r${at}: account(id: "${id}") { ${screen} }`)} }`,
    'to plan: conditions within conditions': (n) =>
      `query Q${n}(${times(40, (at) => `$v${at}: Boolean = true`)}) { account(id: "${id}") { ${times(40, (at) => `... @include(if: $v${at}) { w${at}: wallets { kind } t${at}: trackers(first: 1) { nodes { id } }`)} ${'} '.repeat(40)} } }`,
    'to plan: fragments within fragments': (n) =>
      `query Q${n} { account(id: "${id}") { ...F0 } } ${times(150, (at) => `fragment F${at} on Account { f${at}: name ${at < 149 ? `...F${at + 1}` : ''} }`)}`,
    'to validate: one name again and again': (n) =>
      `query Q${n} { account(id: "${id}") { ${times(8, () => `clients(first: 1) { nodes { ${times(4, () => screen)} } }`)} } }`,
  };
}

/**
 * One request holds nobody up: `/health` is asked all the time while the largest answers are made, one after the
 * other.
 */
export async function largest(topology: Topology): Promise<void> {
  const installation = await openGuardInstallation(topology);
  const caller = openCaller(installation.url, installation.place.partner.key);
  const broken: string[] = [];
  try {
    await send(caller, fleet(installation.place.partner.accountId, 1));
    const calm = await watchHealth(installation.url, () => pause(2_000));
    const alone = Math.max(...calm);
    console.log(`largest      in ${topology}, nobody asking: /health at most ${alone.toFixed(0)} ms`);
    for (const [name, query] of Object.entries(await largestOf(caller, installation.place.partner.accountId))) {
      const told: string[] = [];
      const ms = await watchHealth(installation.url, async () => {
        for (let round = 0; round < ROUNDS; round += 1) told.push(await ask(caller, query(round)));
      });
      const { median, max } = spreadOf(ms);
      console.log(
        `largest      ${name}: ${told.at(-1)}; /health median ${median.toFixed(1)}, at most ${max.toFixed(0)} ms`,
      );
      // What it waits with nobody asking is the machine's.
      if (max - alone > STALL_MS) broken.push(`${name}: /health waited ${max.toFixed(0)} ms`);
    }
    assert.deepEqual(broken, []);
  } finally {
    await caller.close();
    await installation.stop();
  }
}

const send = (caller: Caller, query: string): Promise<Seen> => caller.send(JSON.stringify({ query }), false);

async function ask(caller: Caller, query: string): Promise<string> {
  const { status, code, ms, bytes } = await send(caller, query);
  return `${status} ${code ?? 'ok'}, ${(bytes / 1e6).toFixed(1)} MB in ${ms.toFixed(0)} ms`;
}

/** How long `/health` takes, again and again, until the work is done. */
async function watchHealth(url: string, work: () => Promise<unknown>): Promise<number[]> {
  let done = false;
  const worked = work().finally(() => {
    done = true;
  });
  worked.catch(() => undefined);
  const ms: number[] = [];
  do {
    const from = performance.now();
    await (await fetch(`${url}/health`)).text();
    ms.push(performance.now() - from);
    await pause(5);
  } while (!done);
  await worked;
  return ms;
}
