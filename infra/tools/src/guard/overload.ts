import assert from 'node:assert/strict';
import { cpuBetween, cpuTimes } from '../processes/cpuTimes.ts';
import type { Topology } from '../product/startProduct.ts';
import { closedLoop, forSeconds, inMs, isGood, openCaller, openLoop, screens, spreadMs, tally } from './load.ts';
import { openGuardInstallation } from './openInstallation.ts';

const TIMES = 5;
/** Until the first of a flood are answered: nothing ends before it has run. */
const FILLING_MS = 2_000;

/** Overload sheds: capacity first, then five times as many arrivals, whether or not anybody was answered. */
export async function overload(topology: Topology, seconds: number): Promise<void> {
  const installation = await openGuardInstallation(topology);
  const caller = openCaller(installation.url, installation.place.clients[0]?.key ?? '');
  try {
    await closedLoop(caller, screens, { width: 32, stopped: forSeconds(5) });
    const cpu = () => cpuTimes(Object.values(installation.pids()).filter((pid) => pid !== null));
    const atFirst = cpu();
    const calm = await closedLoop(caller, screens, { width: 32, stopped: forSeconds(seconds) });
    const calmCpu = cpuBetween(atFirst, cpu());
    const capacity = calm.filter(isGood).length / seconds;
    assert.equal(calm.length, calm.filter(isGood).length, `Before the overload: ${tally(calm)}.`);

    const before = cpu();
    const { seen, lateMs } = await openLoop(caller, screens, { perSecond: capacity * TIMES, seconds });
    const floodCpu = cpuBetween(before, cpu());
    const good = seen.filter(isGood);
    const shed = seen.filter(({ status }) => status === 503);
    const shedMs = spreadMs(shed.map(({ ms }) => ms));
    const from = (seen[0]?.at ?? 0) + FILLING_MS;
    const to = from - FILLING_MS + seconds * 1_000;
    const during = good.filter(({ at, ms }) => at + ms > from && at + ms <= to);
    const goodput = during.length / ((to - from) / 1_000);
    console.log(
      `overload     in ${topology}: capacity ${capacity.toFixed(0)}/s (32 at a time), then ${(seen.length / seconds).toFixed(0)} arrivals/s for ${seconds} s: ` +
        `${goodput.toFixed(0)}/s answered = ${((goodput / capacity) * 100).toFixed(0)} %; ${tally(seen)}; ` +
        `served: ${inMs(spreadMs(good.map(({ ms }) => ms)))}; refused: ${inMs(shedMs)}; arrivals at most ${lateMs.toFixed(0)} ms late` +
        // On a machine that others use, how much processor we got tells more than the clock.
        (calmCpu === null || floodCpu === null
          ? ''
          : `; our processor per answer: ${(calmCpu / calm.length).toFixed(1)} ms, then ${(floodCpu / good.length).toFixed(1)} ms with what refusing costs`),
    );
    assert.ok(shed.length > 0, 'Nothing was shed: that was no overload.');
    assert.equal(good.length + shed.length, seen.length, 'Everything is either served or refused with 503.');
    assert.ok(
      shed.every(({ retryAfter, code }) => retryAfter !== null && code === 'OVERLOADED'),
      'A refusal has OVERLOADED and Retry-After.',
    );
    assert.ok(goodput >= 0.8 * capacity, 'Goodput stays above 80 % of capacity.');
    assert.ok(shedMs.p99 <= 250, 'Refusals answer within 250 ms (99 of 100).');
  } finally {
    await caller.close();
    await installation.stop();
  }
}
