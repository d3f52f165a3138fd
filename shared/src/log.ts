import pino from 'pino';

export type Log = pino.Logger;

/** Never printed, wherever in a logged object they stand. Bodies, variables and tokens are not logged in the first place. */
const SECRETS = ['password', 'token', 'secret', 'authorization', 'refreshToken', 'accessToken'];

/** A structured log on standard output, one JSON object per line. */
export function createLog(name: string, level = process.env['LOG_LEVEL'] ?? 'info'): Log {
  return pino({
    name,
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRETS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[secret]' },
  });
}
