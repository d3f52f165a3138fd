import type { Log } from '@comptoir/shared/process/log.ts';
import { refusal } from '../errors/errors.ts';

const WITHIN_MS = 2_000;

/** Throws a 503 unless `isReady` resolves in time; null is a gateway that is about to end. */
export async function checkReady(isReady: (() => Promise<void>) | null, log: Log): Promise<void> {
  const notReady = refusal(503, 'NOT_READY', 'Not ready.', { headers: { 'retry-after': '1' } });
  if (isReady === null) throw notReady;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${WITHIN_MS} ms`)), WITHIN_MS);
  try {
    await Promise.race([isReady(), late.promise]);
  } catch (error) {
    log.warn({ err: error }, 'not ready');
    throw notReady;
  } finally {
    clearTimeout(timer);
  }
}
