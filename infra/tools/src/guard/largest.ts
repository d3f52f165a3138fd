import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { MAX_ANSWER_BYTES } from '@comptoir/gateway/operation/limits.ts';
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
  // As long as each other, so that what one takes tells what a hundred take.
  const ids = times(fields, (at) => `f${String(at).padStart(3, '0')}: id`);
  return `{ account(id: "${id}") { clients(first: 2) { nodes { ${trackers(account(trackers(account(trackers(ids)))))} } } } }`;
};

/** How many fields are as many bytes, by what one and eleven take. */
async function fieldsOf(caller: Caller, id: string, bytes: number): Promise<number> {
  const [one, eleven] = [await send(caller, fleet(id, 1)), await send(caller, fleet(id, 11))];
  return Math.floor((bytes - one.bytes) / ((eleven.bytes - one.bytes) / 10)) + 1;
}

const payers = 'trackers(first: 1) { nodes { id name payer { id name } } }';
const screen = `id name wallets { kind balance } ${payers} clients(first: 1) { nodes { id name wallets { kind balance } ${payers} } }`;

type Case = {
  query: (round: number) => string;
  /** The code of the answer, or `ok`: what is measured is what its name says. */
  told: string;
};

/**
 * The largest that is allowed, and what is a little more. The documents are other ones each round, so that nothing is
 * known of them: they ask for few rows, and cost most to validate or to plan of all that we tried within the limits.
 */
async function largestOf(caller: Caller, id: string): Promise<Record<string, Case>> {
  const most = await fieldsOf(caller, id, MAX_ANSWER_BYTES);
  return {
    'just within the bound in bytes': { query: () => fleet(id, Math.floor(most * 0.96)), told: 'ok' },
    'just beyond the bound in bytes': { query: () => fleet(id, Math.ceil(most * 1.02)), told: 'ANSWER_TOO_LARGE' },
    'the same in fragments': { query: () => fleet(id, Math.ceil(most * 1.02), true), told: 'ANSWER_TOO_LARGE' },
    'beyond the bound in values': { query: () => fleet(id, 260), told: 'OPERATION_TOO_LARGE' },
    'introspection, all that is allowed': {
      query: () =>
        `{ __schema { types { name description fields { name description args { name type { name ofType { name } } } type { name ofType { name ofType { name } } } } } } }`,
      told: 'ok',
    },
    'to plan: twenty screens': {
      query: (n) => `query Q${n} { ${times(20, (at) => `r${at}: account(id: "${id}") { ${screen} }`)} }`,
      told: 'ok',
    },
    'to plan: conditions within conditions': {
      query: (n) =>
        `query Q${n}(${times(40, (at) => `$v${at}: Boolean = true`)}) { account(id: "${id}") { ${times(40, (at) => `... @include(if: $v${at}) { w${at}: wallets { kind } t${at}: trackers(first: 1) { nodes { id } }`)} ${'} '.repeat(40)} } }`,
      told: 'ok',
    },
    'to plan: fragments within fragments': {
      query: (n) =>
        `query Q${n} { account(id: "${id}") { ...F0 } } ${times(150, (at) => `fragment F${at} on Account { f${at}: name ${at < 149 ? `...F${at + 1}` : ''} }`)}`,
      told: 'ok',
    },
    'to validate: one name again and again': {
      query: (n) =>
        `query Q${n} { account(id: "${id}") { ${times(5, () => `clients(first: 1) { nodes { ${times(4, () => screen)} } }`)} } }`,
      // A client has no clients to ask for, which costs no less to read.
      told: 'NOT_A_PARTNER',
    },
  };
}

/**
 * One request holds no one up: `/health` is asked all the time while the largest answers are made, one after the
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
    for (const [name, { query, told: expected }] of Object.entries(
      await largestOf(caller, installation.place.partner.accountId),
    )) {
      const told: string[] = [];
      const ms = await watchHealth(installation.url, async () => {
        for (let round = 0; round < ROUNDS; round += 1) told.push(await ask(caller, query(round)));
      });
      if (!told.every((one) => one.split(' ')[1] === `${expected},`)) broken.push(`${name}: answered ${told.at(-1)}`);
      const { median, max } = spreadOf(ms);
      console.log(
        `largest      ${name}: ${told.at(-1)}; /health median ${median.toFixed(1)}, at most ${max.toFixed(0)} ms`,
      );
      // What it waits with no one asking is the machine's.
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
  const watch = new Worker(new URL('./healthWatch.ts', import.meta.url), { workerData: url });
  await once(watch, 'online');
  try {
    await work();
    watch.postMessage('stop');
    const [ms] = await once(watch, 'message');
    return ms;
  } finally {
    await watch.terminate();
  }
}
