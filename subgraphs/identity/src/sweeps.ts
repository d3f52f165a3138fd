import type { Round } from '@comptoir/shared/concurrency/rounds.ts';
import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { type IdentityConfig, realNow } from './base/config.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * What may go: rows of a table that were over at an instant, `$1`, which lies `keptMs` before now. `README.md` says why
 * each is kept that long.
 */
type Sweep = { table: string; over: string; keptMs: number };

/** True while a job of that queue, which names the row, is not done yet. */
const awaited = (queue: string, names: string): string =>
  `exists (select from identity_jobs.job j where j.name = '${queue}' and j.state < 'completed' and ${names})`;

export const SWEEPS: readonly Sweep[] = [
  { table: 'login_guess', over: 't.guessed_at <= $1', keptMs: HOUR_MS },
  { table: 'mail_count', over: 't.counted_at <= $1', keptMs: HOUR_MS },
  { table: 'login_challenge', over: 't.expires_at <= $1', keptMs: 0 },
  { table: 'login_lock', over: 't.locked_until <= $1', keptMs: 0 },
  // A count of fewer than five that no one has added to.
  { table: 'login_lock', over: 't.touched_at <= $1', keptMs: 30 * DAY_MS },
  { table: 'email_change', over: 't.done_at is null and t.expires_at <= $1', keptMs: 7 * DAY_MS },
  {
    table: 'link',
    over: `t.expires_at <= $1 and not ${awaited('account-open', `j.data ->> 'linkId' = t.id::text`)}`,
    keptMs: 7 * DAY_MS,
  },
  // Log-ins-as go before the session that they were started from.
  {
    table: 'session',
    over: `(t.revoked_at <= $1 or t.expires_at <= $1) and not exists (select from session child where child.parent_id = t.id)`,
    keptMs: 30 * DAY_MS,
  },
  { table: 'mail', over: `t.sent_at <= $1 and not ${awaited('mail', 'j.id = t.id')}`, keptMs: 30 * DAY_MS },
  {
    table: 'notice',
    over: `t.created_at <= $1 and not ${awaited('mail', `j.data ->> 'noticeId' = t.id::text`)}`,
    keptMs: 90 * DAY_MS,
  },
  { table: 'known_network', over: 't.last_at <= $1', keptMs: 365 * DAY_MS },
];

/** Rows of one statement, and statements of one round: what is left waits for the next. */
const BATCH = 1_000;
const MAX_BATCHES = 100;

/**
 * Takes away what is over of each table, in transactions of a thousand rows. Any number of processes may do it at once.
 */
export const sweepRounds = (config: IdentityConfig): Round[] =>
  SWEEPS.map(({ table, over, keptMs }) => ({
    title: `rows of ${table} swept`,
    async run(work: JobContext, requestId: string): Promise<number> {
      // In real time, as sessions and links live. What is stamped by the installation's clock, which may be ahead of it
      // (N04), is kept the longer.
      const before = new Date(realNow(config).getTime() - keptMs);
      const sql = `delete from ${table} where ctid = any (array(select t.ctid from ${table} t where ${over} limit ${BATCH}))`;
      let swept = 0;
      for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
        const [, gone] = (await work.system(requestId, (tx) => tx.query(sql, [before]))) as [unknown, number];
        swept += gone;
        if (gone < BATCH) break;
      }
      return swept;
    },
  }));
