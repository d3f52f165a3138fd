import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '@comptoir/shared/process/log.ts';
import { refusal, shapeError } from '../errors/errors.ts';

/** What we read and drop rather than have the caller connect anew. */
const MAX_DROPPED_BYTES = 64 * 1024;
const TOLD_EVERY_MS = 1_000;

/** No place was free, and none became so in time. */
export const overloaded = () =>
  refusal(503, 'OVERLOADED', 'Too many requests at once. Try again.', {
    headers: { 'retry-after': '1' },
    retryAfter: 1,
  });

/**
 * Answers 503 without looking at the request. A refusal must cost a small part of what an answer costs, or five times
 * as many callers as we can serve would leave nothing for those whom we do: so it is made once, neither body nor
 * credential is read, and the log hears of them by the second.
 */
export function createShedding(log: Log): (request: IncomingMessage, response: ServerResponse) => void {
  const error = overloaded();
  const body = Buffer.from(`${JSON.stringify({ errors: [shapeError(error.toJSON(), error, log)] })}\n`);
  let shed = 0;

  const tell = (): void => {
    log.warn({ shed }, 'overloaded');
    shed = 0;
  };

  return (request, response) => {
    if (shed === 0) setTimeout(tell, TOLD_EVERY_MS).unref();
    shed += 1;
    const length = Number(request.headers['content-length'] ?? Number.NaN);
    if (!(length <= MAX_DROPPED_BYTES)) response.setHeader('connection', 'close');
    response.writeHead(503, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'retry-after': '1',
      'content-length': body.length,
    });
    response.end(body);
  };
}
