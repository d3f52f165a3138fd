import { overloaded } from '@comptoir/shared/errors.ts';

const WAITING_MAX = 20;
const queues = new Map<string, { waiting: number; tail: Promise<unknown> }>();

/**
 * Runs work of the same key one after the other in this process. Log-ins of one person from one network take turns, so that several right
 * passwords at once are not counted as wrong ones while they are looked at. Throws OVERLOADED when too many wait.
 */
export async function inOrder<T>(key: string, work: () => Promise<T>): Promise<T> {
  const queue = queues.get(key) ?? { waiting: 0, tail: Promise.resolve() };
  if (queue.waiting >= WAITING_MAX) throw overloaded('Too many log-ins of this person at once. Try again.');
  queue.waiting += 1;
  queues.set(key, queue);
  const result = queue.tail.then(work);
  queue.tail = result.catch(() => undefined);
  try {
    return await result;
  } finally {
    queue.waiting -= 1;
    if (queue.waiting === 0) queues.delete(key);
  }
}
