import type { DataSource, EntityManager } from 'typeorm';
import { type TrailEntry, trailSql } from '../audit/trail.ts';
import { type CommitWith, inTransaction } from '../database/transaction.ts';
import type { Refusal } from '../values/refusal.ts';
import type { Viewer } from '../viewer/viewer.ts';

/**
 * A request's part in a transaction of several: where, who asks and when, and what the trail is to say of its result.
 */
export type Shared = {
  database: DataSource;
  viewer: Viewer;
  now: Date;
  entryOf(result: unknown): TrailEntry | null;
};

type Outcome<Result> = readonly Result[] | Refusal;

/**
 * Writes for several requests of one viewer in one transaction, within the viewer's rows: a script that sends many
 * calls at once pays the way to the database and the commit once for all of them. `work` returns a result per request,
 * in their order; each has its own row of the trail. A Refusal rolls everything back. `work` begins with statements
 * that only read or lock (`How.pipelineBegin`).
 */
export async function writeTogether<Result>(
  requests: readonly { share(): Promise<Shared> }[],
  work: (tx: EntityManager) => Promise<Outcome<Result> | CommitWith<Outcome<Result>>>,
): Promise<Outcome<Result>> {
  const parts = await Promise.all(requests.map((request) => request.share()));
  const [{ database, viewer }] = parts as [Shared];
  const now = new Date(Math.max(...parts.map((part) => part.now.getTime())));
  const auditStatement = (outcome: Outcome<Result> | null): string | null => {
    const done = parts.flatMap((part, at) => {
      const entry = part.entryOf((outcome as readonly Result[] | null)?.[at] ?? null);
      return entry === null ? [] : [{ entry, viewer: part.viewer, now: part.now }];
    });
    return done.length === 0 ? null : trailSql(done);
  };
  return await inTransaction(database, { viewer, now }, work, auditStatement, { pipelineBegin: true });
}

/**
 * Everything that policies and rules know of a viewer, as a name: two requests of which only the id differs may share a
 * transaction.
 */
export const viewerName = (viewer: Viewer): string => JSON.stringify({ ...viewer, requestId: '' });
