import { setTimeout as delay } from 'node:timers/promises';
import { adoptPostgres } from '@comptoir/launch/postgres/postgres.ts';
import { stopIfUnused } from './lease.ts';

// A process of its own, started by globalSetup and detached from it: whatever ends the run, it sees the last lease go
// and stops the server. It ends when the server is gone, no matter who stopped it.
const [dataDir] = process.argv.slice(2);
if (dataDir === undefined) throw new Error('usage: watchdog.ts <data folder>');

let server = await adoptPostgres(dataDir);
while (server !== null) {
  try {
    if (await stopIfUnused(server)) break;
    await delay(500);
  } catch {
    // It was stopped or restarted meanwhile; whatever runs there now is looked after as well.
    server = await adoptPostgres(dataDir);
  }
}
