import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Topology } from '../product/startProduct.ts';
import { type Caller, inMs, isGood, openCaller, type Seen, spreadMs, tally } from './load.ts';
import { openGuardInstallation } from './openInstallation.ts';

/** Log-ins that come at once, each of somebody else. */
const AT_ONCE = 80;
/** From as many addresses: of the places to wait one address has a few only, and all of them are to be taken. */
const ADDRESSES = 10;
const CALM_MS = 1_500;

const WHO = JSON.stringify({ query: '{ viewer { account { id } } }' });
const LOG_IN = `mutation ($input: SessionCreateInput!) { sessionCreate(input: $input) { session { sessionId } userErrors { code } } }`;
/** Of no one: it takes the time that every log-in takes. */
const logIn = (): string =>
  JSON.stringify({
    query: LOG_IN,
    variables: { input: { email: `${newId()}@guard.example`, password: 'correct horse battery staple' } },
  });

/** Sends a cheap query again and again, one after the other, until it is to stop. */
async function askOn(caller: Caller, stopped: () => boolean): Promise<Seen[]> {
  const seen: Seen[] = [];
  while (!stopped()) seen.push(await caller.send(WHO, false));
  return seen;
}

/**
 * What a caller of cheap queries notices of eighty log-ins at once: calm and flood take turns, so that what else the
 * machine does falls on both alike. There is no promise in milliseconds: the figure is how much longer the caller
 * waits.
 */
export async function logins(topology: Topology, rounds: number): Promise<void> {
  const installation = await openGuardInstallation(topology);
  const caller = openCaller(installation.url, installation.place.clients[0]?.key ?? '');
  const strangers = Array.from({ length: ADDRESSES }, (_, at) =>
    openCaller(installation.url, null, { from: `127.0.0.${at + 2}` }),
  );
  const allLogIn = (): Promise<Seen[]> =>
    Promise.all(Array.from({ length: AT_ONCE }, (_, at) => (strangers[at % ADDRESSES] as Caller).send(logIn(), true)));
  try {
    await allLogIn();
    const [calm, flood, entered]: [Seen[], Seen[], Seen[]] = [[], [], []];
    const lasted: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const until = performance.now() + CALM_MS;
      calm.push(...(await askOn(caller, () => performance.now() > until)));
      const from = performance.now();
      let over = false;
      const asking = askOn(caller, () => over);
      entered.push(...(await allLogIn()));
      lasted.push(performance.now() - from);
      over = true;
      flood.push(...(await asking));
    }
    const [calmMs, floodMs] = [calm, flood].map((seen) => spreadMs(seen.filter(isGood).map(({ ms }) => ms)));
    if (calmMs === undefined || floodMs === undefined) return;
    console.log(
      `logins       in ${topology}: a cheap query alone: ${inMs(calmMs)} (${calm.length}); beside ${AT_ONCE} log-ins at once from ${ADDRESSES} addresses: ${inMs(floodMs)} (${tally(flood)}), ` +
        `${(floodMs.median / calmMs.median).toFixed(1)} times the median, ${(floodMs.p99 / calmMs.p99).toFixed(1)} times the p99; ` +
        `log-ins: ${tally(entered)}; a flood lasted ${inMs(spreadMs(lasted))}`,
    );
  } finally {
    await Promise.all([caller, ...strangers].map((one) => one.close()));
    await installation.stop();
  }
}
