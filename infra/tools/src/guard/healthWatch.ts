import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * Asks `/health` of the installation at `workerData` again and again, in a thread of its own, so that what the
 * callers do with their answers delays nothing here. Sends the milliseconds of each when it is told to stop.
 */
const ms: number[] = [];
let stopped = false;
parentPort?.once('message', () => {
  stopped = true;
});
while (!stopped) {
  const from = performance.now();
  await (await fetch(`${workerData}/health`)).text();
  ms.push(performance.now() - from);
  await pause(5);
}
parentPort?.postMessage(ms);
