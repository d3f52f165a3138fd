import { interleave, ratios } from '../statistics/statistics.ts';
import { addEvents, addTrackers, trackerCursor } from './bulk.ts';
import { bodyOf } from './contestants.ts';
import { detailsOf } from './dashboard.ts';
import type { Databases } from './databases.ts';
import type { Outcome } from './figures.ts';
import type { Contestant, Load, Measured } from './load.ts';
import { startOurs } from './ours.ts';
import type { Plan } from './plan.ts';

const PAGE = 50;
const TRACKERS = 100_000;
const SHORT_HISTORY = 10_000;

const TRACKERS_PAGE = `query ($after: String) {
  viewer { account { trackers(first: ${PAGE}, after: $after) { nodes { id name status } pageInfo { hasNextPage } } } } }`;
const EVENTS_PAGE = `query ($id: ID!) {
  account(id: $id) { events(first: ${PAGE}) { nodes { eventId kind occurredAt credits } pageInfo { hasNextPage } } } }`;
const DAY = `query ($id: ID!, $from: DateTime!, $to: DateTime!) {
  account(id: $id) { consumption(from: $from, to: $to) { events credits } } }`;

/**
 * Whether a list costs more the further one reads, and a table the fuller it is. One request at a time: these are
 * times, not capacities.
 */
export async function benchGrowth(
  databases: Databases,
  load: Load,
  plan: Plan,
  tell: (sentence: string) => void,
): Promise<Outcome> {
  const { largeAccountId, largeKey, clientIds } = databases.world;
  const end = new Date();
  const [short, long] = [await databases.copy('bench_short_history'), await databases.copy('bench_long_history')];
  await addTrackers(short.adminUrl, largeAccountId, TRACKERS);
  await addEvents(short.adminUrl, { accountIds: clientIds, count: SHORT_HISTORY, end });
  await addEvents(long.adminUrl, { accountIds: clientIds, count: plan.events, end });
  tell(`growth: histories of ${SHORT_HISTORY} and ${plan.events} events, a list of ${TRACKERS} trackers`);

  const started: Contestant[] = [];
  try {
    const ofShort = await startOurs(databases, { name: 'short history', database: short });
    started.push(ofShort);
    const ofLong = await startOurs(databases, { name: 'long history', database: long });
    started.push(ofLong);

    const id = clientIds[0];
    const day = { id, from: new Date(end.getTime() - 86_400_000).toISOString(), to: end.toISOString() };
    const last = await trackerCursor(short.adminUrl, largeAccountId, TRACKERS - PAGE);
    const asLarge = { authorization: `Bearer ${largeKey}` };
    const asked = {
      'page 1': { of: ofShort, body: bodyOf(TRACKERS_PAGE), headers: asLarge },
      'page 2,000': { of: ofShort, body: bodyOf(TRACKERS_PAGE, { after: last }), headers: asLarge },
      'short: a page': { of: ofShort, body: bodyOf(EVENTS_PAGE, { id }), headers: ofShort.headers },
      'long: a page': { of: ofLong, body: bodyOf(EVENTS_PAGE, { id }), headers: ofLong.headers },
      'short: a day': { of: ofShort, body: bodyOf(DAY, day), headers: ofShort.headers },
      'long: a day': { of: ofLong, body: bodyOf(DAY, day), headers: ofLong.headers },
    };
    const names = Object.keys(asked) as (keyof typeof asked)[];
    const run = async (name: keyof typeof asked, ms: number): Promise<Measured> => {
      const { of, body, headers } = asked[name];
      return await load.run(of, { concurrency: 1, bodies: { same: body }, ms }, headers);
    };
    await checkAnswers(names.map((name) => asked[name]));
    for (const name of names) await run(name, plan.warmUpMs / 4);
    const measured = await interleave(names, plan.rounds, (name) => run(name, plan.ms / 4));
    const times = (name: keyof typeof asked): number[] => measured[name].map(({ medianMs }) => medianMs);
    const against = `${plan.events.toLocaleString('en')} events against ${SHORT_HISTORY.toLocaleString('en')}`;
    // SPEED.md's columns are for ten million events; fewer are measured beside the same columns, and named.
    return {
      figures: [
        {
          figure: `page 2,000 of ${TRACKERS.toLocaleString('en')} rows against page 1`,
          measured: ratios(times('page 2,000'), times('page 1')),
          targets: [1.5, 1.2, 1.1],
          atMost: true,
        },
        {
          figure: `${against}: reading a page`,
          measured: ratios(times('long: a page'), times('short: a page')),
          targets: [2, 1.5, 1.2],
          atMost: true,
        },
        {
          figure: '… a day’s counts',
          measured: ratios(times('long: a day'), times('short: a day')),
          targets: [2, 1.5, 1.2],
          atMost: true,
        },
      ],
      details: names.flatMap((name) => detailsOf(name, measured[name]).filter(({ what }) => what.endsWith('answer'))),
    };
  } finally {
    for (const one of started) await one.stop();
  }
}

/** A full page, and a day with something in it: an empty answer would be quick at any size. */
async function checkAnswers(asked: { of: Contestant; body: string; headers: Record<string, string> }[]): Promise<void> {
  for (const { of, body, headers } of asked) {
    const response = await fetch(of.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    const text = await response.text();
    const { data, errors } = JSON.parse(text);
    const account = data?.account ?? data?.viewer?.account;
    const rows: unknown[] | undefined = (account?.trackers ?? account?.events)?.nodes;
    const good = rows === undefined ? account?.consumption?.[0]?.events > 100 : rows.length === PAGE;
    if (errors !== undefined || !good)
      throw new Error(`${of.name} does not answer as it should: ${text.slice(0, 500)}`);
  }
}
