import { getConstructionPlans, PgBoss } from 'pg-boss';
import type { EntityManager } from 'typeorm';
import { type MigrationClass, migration } from '../database/migration.ts';
import type { How, Work } from '../database/transaction.ts';
import type { Log } from '../process/log.ts';
import type { CallService } from '../protocol/services.ts';
import type { Clock } from '../values/clock.ts';
import { requestRole, type SubgraphName, systemRole } from '../values/subgraphs.ts';

/**
 * Work that follows a commit: queued in the transaction that causes it, done by a worker, retried until it is done.
 * Payloads hold ids only. Handlers are idempotent: after a crash the same job runs again.
 */
export type JobHandler = (payload: Record<string, unknown>, jobId: string) => Promise<void>;
export type JobHandlers = Record<string, JobHandler>;

/** What work without a request has: the second role, the clock, calls to other subgraphs. */
export type JobContext = {
  clock: Clock;
  log: Log;
  call: CallService;
  /** A transaction under the second role. `requestId` is the job's id: it ties log lines together. */
  system<T>(requestId: string, work: Work<T>, how?: How): Promise<T>;
};

const jobSchema = (subgraph: SubgraphName): string => `${subgraph}_jobs`;

/** Delays double from one second to a minute; nothing is given up, what cannot be done stays visible in the queue. */
const QUEUE_OPTIONS = JSON.stringify({
  policy: 'standard',
  retryLimit: 1_000_000,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 60,
  expireInSeconds: 60,
  retentionSeconds: 10 * 365 * 86_400,
  deleteAfterSeconds: 7 * 86_400,
});

/**
 * The migration that makes a subgraph's job schema with its queues. A request's role may add a job and nothing else,
 * through a function that owns the right: with rights on pg-boss's tables a request could read the jobs of other
 * tenants.
 */
export function jobMigration(number: number, subgraph: SubgraphName, queues: readonly string[]): MigrationClass {
  const schema = jobSchema(subgraph);
  const system = systemRole(subgraph);
  // The plan brings its own transaction; TypeORM has opened one already.
  const plan = getConstructionPlans(schema)
    .replace(/^\s*BEGIN;/, '')
    .replace(/COMMIT;\s*$/, '');
  return migration(
    number,
    'Jobs',
    `${plan};
    ${queues.map((queue) => `select ${schema}.create_queue('${queue}', '${QUEUE_OPTIONS}');`).join('\n')}
    create function ${schema}.enqueue(queue_name text, job_id uuid, payload jsonb, delay_seconds integer) returns void
      language sql security definer set search_path = pg_catalog, pg_temp
    begin atomic
      insert into ${schema}.job (id, name, data, start_after, keep_until, expire_seconds, deletion_seconds, retry_limit, retry_delay, retry_backoff, retry_delay_max, policy)
      select job_id, q.name, payload, ${schema}.job_now() + delay_seconds * interval '1 second',
             ${schema}.job_now() + (delay_seconds + q.retention_seconds) * interval '1 second', q.expire_seconds, q.deletion_seconds,
             q.retry_limit, q.retry_delay, q.retry_backoff, q.retry_delay_max, q.policy
      from ${schema}.queue q where q.name = queue_name
      on conflict do nothing;
    end;
    revoke all on function ${schema}.enqueue(text, uuid, jsonb, integer) from public;
    grant usage on schema ${schema} to ${requestRole(subgraph)}, ${system};
    grant execute on function ${schema}.enqueue(text, uuid, jsonb, integer) to ${requestRole(subgraph)}, ${system};
    grant select, insert, update, delete on all tables in schema ${schema} to ${system};
    grant execute on all functions in schema ${schema} to ${system};`,
  );
}

/** Further queues of a subgraph whose job schema stands already. */
export function queueMigration(number: number, subgraph: SubgraphName, queues: readonly string[]): MigrationClass {
  const made = queues.map((queue) => `select ${jobSchema(subgraph)}.create_queue('${queue}', '${QUEUE_OPTIONS}');`);
  return migration(number, `Queues${number}`, made.join('\n'));
}

/**
 * Queues a job in the running transaction: it exists if and only if the transaction commits. `jobId` makes it unique
 * within its queue, so the same cause never queues the same work twice.
 */
export async function enqueue(
  tx: EntityManager,
  subgraph: SubgraphName,
  job: { queue: string; id: string; payload: Record<string, unknown>; delaySeconds?: number },
): Promise<void> {
  await tx.query(`select ${jobSchema(subgraph)}.enqueue($1, $2, $3, $4)`, [
    job.queue,
    job.id,
    job.payload,
    job.delaySeconds ?? 0,
  ]);
}

export type Workers = { stop(): Promise<void> };

/**
 * Starts one worker per queue. A handler that throws has its job tried again later, the others of its batch are not
 * touched.
 */
export async function startWorkers({
  url,
  subgraph,
  handlers,
  log,
}: {
  url: string;
  subgraph: SubgraphName;
  handlers: JobHandlers;
  log: Log;
}): Promise<Workers> {
  const boss = new PgBoss({
    connectionString: url,
    application_name: `${subgraph} jobs`,
    schema: jobSchema(subgraph),
    max: 2,
    // No one waits for a job's answer.
    connectionTimeoutMillis: 10_000,
    migrate: false,
    createSchema: false,
    schedule: false,
    reindex: false,
    // How often is looked for jobs whose worker was killed: with its minute of expiry, such a job runs again after 65 s
    // at most.
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
  });
  // An outage of the database shows here; the workers go on by themselves when it is back.
  boss.on('error', (error) => log.warn({ err: error }, 'the job queue had an error'));
  await boss.start();
  for (const [queue, handler] of Object.entries(handlers)) {
    await boss.work<Record<string, unknown>>(
      queue,
      { batchSize: 20, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5, perJobResults: true },
      async (jobs) =>
        await Promise.all(
          jobs.map(async (job) => {
            try {
              await handler(job.data, job.id);
              return { id: job.id, status: 'completed' as const };
            } catch (error) {
              log.warn({ err: error, queue, jobId: job.id }, 'a job failed and will be tried again');
              return {
                id: job.id,
                status: 'failed' as const,
                output: { message: error instanceof Error ? error.message : 'failed' },
              };
            }
          }),
        ),
    );
  }
  return {
    async stop() {
      await boss.stop({ graceful: true, timeout: 5_000 });
    },
  };
}
