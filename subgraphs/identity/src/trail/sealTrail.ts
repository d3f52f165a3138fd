import { appendHeads, headsAfter, readHeads, type Sql, sealNext } from '@comptoir/shared/audit/seal.ts';
import type { Head } from '@comptoir/shared/audit/sealChain.ts';
import { TRAIL } from '@comptoir/shared/audit/trailStream.ts';
import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import type { IdentityConfig } from '../base/config.ts';

const sqlOf =
  (tx: EntityManager): Sql =>
  (text, values) =>
    tx.query(text, values);

/**
 * Seals what became final since the last time, and brings the heads file up to date: also with what a crash between the
 * two left out. Returns how many checkpoints it made.
 */
export async function sealTrail({ system }: JobContext, { signingKey, trailHeads }: IdentityConfig): Promise<number> {
  let sealed = 0;
  for (;;) {
    const head: Head | null = await system(newId(), (tx) =>
      // Real time: it says when the seal was made.
      sealNext(sqlOf(tx), TRAIL, { key: signingKey, at: new Date() }),
    );
    if (head === null) break;
    sealed += 1;
  }
  if (trailHeads === undefined) return sealed;
  const last = readHeads(trailHeads, TRAIL.name).reduce((most, { number }) => Math.max(most, number), 0);
  await appendHeads(trailHeads, await system(newId(), (tx) => headsAfter(sqlOf(tx), TRAIL, last)));
  return sealed;
}
