import pino from 'pino';

export type Log = pino.Logger;

/**
 * Never printed, wherever in a logged object they stand. Bodies, variables and tokens are not logged in the first
 * place.
 */
const SECRETS = ['password', 'token', 'secret', 'authorization', 'refreshToken', 'accessToken'];

/**
 * What TypeORM and PostgreSQL add to an error: the values of the statement and of the row, which are people's data and
 * hashes.
 */
const VALUES = ['err.parameters', 'err.driverError', 'err.detail', 'err.where'];

/** A structured log, one JSON object per line, on standard output or appended to a file. */
export function createLog(
  name: string,
  { level = process.env.LOG_LEVEL ?? 'info', file }: { level?: string; file?: string } = {},
): Log {
  const options: pino.LoggerOptions = {
    name,
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: [...SECRETS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), ...VALUES], censor: '[secret]' },
  };
  return file === undefined ? pino(options) : pino(options, pino.destination({ dest: file, mkdir: true, sync: false }));
}
