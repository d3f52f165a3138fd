import { GraphQLError } from 'graphql';
import type { DataSource, EntityManager } from 'typeorm';
import { Refusal } from '../values/refusal.ts';
import type { Viewer } from '../viewer/viewer.ts';
import { asLost, begin, closeWithin, release, rollback, type Scope, type Work } from './transaction.ts';

/** True for a key that may only try things out (N11). */
export const isPreview = (viewer: Viewer): boolean => viewer.kind === 'KEY' && viewer.preview === true;

/** What would need another subgraph to change something cannot be tried out: that change could not be taken back. */
export function previewNotPossible(): GraphQLError {
  return new GraphQLError('A preview-only key cannot try this out: it would change things in more than one place.', {
    extensions: { code: 'PREVIEW_NOT_POSSIBLE', rule: 'N11' },
  });
}

/**
 * The one transaction of an operation that only tries things out: all its mutations and what their payloads select run
 * in it, one after the other, and at the end nothing of it remains. So answers carry what would have happened.
 */
export type PreviewTransaction = {
  /** As `inTransaction`, without the commit: what deferred constraints say is asked at once. */
  write<T>(work: Work<T>): Promise<T>;
  read<T>(work: (tx: EntityManager) => Promise<T>): Promise<T>;
  end(): Promise<void>;
};

export async function previewTransaction(database: DataSource, scope: Scope): Promise<PreviewTransaction> {
  const { runner, opened } = await begin(database, scope, 'write');
  let tail: Promise<unknown> = Promise.resolve();
  await opened.catch(async (error: unknown) => {
    await release(runner);
    throw error;
  });

  function queue<T>(step: () => Promise<T>): Promise<T> {
    const result = tail.then(step).catch((error: unknown) => {
      throw asLost(runner, error);
    });
    tail = result.catch(() => undefined);
    return result;
  }

  return {
    write: (work) =>
      queue(async () => {
        await runner.query('savepoint tried');
        try {
          const outcome = await closeWithin(runner.manager, await work(runner.manager));
          await runner.query(
            outcome instanceof Refusal
              ? 'rollback to savepoint tried'
              : 'set constraints all immediate; set constraints all deferred',
          );
          return outcome;
        } catch (error) {
          await runner.query('rollback to savepoint tried').catch(() => undefined);
          throw error;
        }
      }),
    read: (work) => queue(() => work(runner.manager)),
    async end() {
      await tail;
      await rollback(runner);
      await release(runner);
    },
  };
}
