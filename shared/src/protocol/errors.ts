import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Log } from '../process/log.ts';
import { newId } from '../values/uuid.ts';
import type { WireError } from './subgraph.ts';

/**
 * "May not": the same words whether or not the thing exists. A fresh error, with a decision id of its own, each time.
 */
export function forbidden(rule: string, message = 'You are not allowed to do this.'): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'FORBIDDEN', decisionId: newId(), rule } });
}

/**
 * "May not", said to a member who is limited to branches (G12) and asks for what belongs to the account as a whole. It
 * tells of the caller, not of the thing.
 */
export const limitedToBranches = (): GraphQLError =>
  forbidden(
    'G12',
    'This belongs to the account as a whole, and your access is limited to some of its branches. Ask somebody whose access is not limited.',
  );

/** "Not from there": the address is outside a network list of the membership, the key or the account (G11). */
export function addressNotAllowed(): GraphQLError {
  return new GraphQLError('You are not allowed in from this address.', {
    extensions: { code: 'ADDRESS_NOT_ALLOWED', decisionId: newId(), rule: 'G11' },
  });
}

/** "Who are you?": no one is known and the operation needs somebody. */
export function unauthenticated(message = 'Log in, or send an API key, to do this.'): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED', decisionId: newId() } });
}

/**
 * The account that was chosen requires a second factor, and this person has none (N25): what opens it, once they have
 * one.
 */
export function secondFactorRequired(): GraphQLError {
  return new GraphQLError(
    'This account requires a second factor. Set one up with totpEnroll and totpConfirm: this session then goes on.',
    { extensions: { code: 'SECOND_FACTOR_REQUIRED', decisionId: newId(), rule: 'N25' } },
  );
}

/** "For which account?": somebody is known, and acts for no account yet. Logging in again would change nothing. */
export function accountNotChosen(
  message = 'You are logged in and no account is chosen. Choose one of `viewer.memberships` with sessionSwitch, or name it in sessionCreate. Whoever is in none needs an invitation.',
): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'ACCOUNT_NOT_CHOSEN', decisionId: newId(), rule: 'O13' } });
}

/** The request cannot be read: a wrong cursor, an impossible page size, an unreadable date. */
export function badInput(message: string, field: string[] | null = null): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', field } });
}

/** Something that we need does not answer; the caller may try again. */
export function unavailable(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'SERVICE_UNAVAILABLE', retryAfter: 1 } });
}

/**
 * Too many want the same at once: nothing was done, and the caller may try again. As the gateway says it of whole
 * requests.
 */
export function overloaded(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'OVERLOADED', retryAfter: 1 } });
}

/** After how many seconds to look again whether a new account is open. */
export const OPENING_RETRY_AFTER = 1;

/** What belongs to a new account is still being opened in other subgraphs; it goes on by itself. */
export function accountOpening(): GraphQLError {
  return new GraphQLError('This account is still being opened. It goes on by itself: ask again in a moment.', {
    extensions: { code: 'ACCOUNT_OPENING', rule: 'U14', retryAfter: OPENING_RETRY_AFTER },
  });
}

/**
 * The database is away (57P0x, 08xxx), or so busy that a wait had to end: a lock (55P03), a statement (57014), a
 * deadlock (40P01), a conflict (40001).
 */
const OUTAGES = new Set([
  '57P01',
  '57P02',
  '57P03',
  '08000',
  '08003',
  '08006',
  '55P03',
  '57014',
  '40P01',
  '40001',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
]);

/** True for errors that say "the database is away or too busy", which are no one's bug and worth a retry. */
export function isOutage(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, cause, message = '' } = error as { code?: string; cause?: unknown; message?: string };
  if (code !== undefined && OUTAGES.has(code)) return true;
  if (
    /timeout exceeded when trying to connect|timeout expired|Connection terminated|the database system is/.test(message)
  )
    return true;
  return cause !== undefined && cause !== error && isOutage(cause);
}

/**
 * PostgreSQL keeps no NUL in a text (22021) and in a JSON (22P05), and no half of a surrogate pair in either (22P02 in
 * a JSON). A field that can say so itself does; this is for all others.
 */
function isUnstorable(error: unknown): boolean {
  const { code, detail = '' } = error as { code?: string; detail?: string };
  return code === '22021' || code === '22P05' || (code === '22P02' && /surrogate/.test(detail));
}

const WRONG_VALUE = /^(Variable "\$\w+") got invalid value /;

/**
 * The message of an error without the value of a variable. Of a variable that is wrong somewhere, graphql-js quotes all
 * before it says what is wrong: a password beside a mistyped field, or so much that the reason is never reached.
 */
export function messageOf({ message, originalError }: Pick<GraphQLError, 'message' | 'originalError'>): string {
  const [, variable] = WRONG_VALUE.exec(message) ?? [];
  const reason = originalError?.message;
  if (variable === undefined || reason === undefined || !message.endsWith(`; ${reason}`)) return message;
  const [, place] = / at "([^"]*)"$/.exec(message.slice(0, -reason.length - 2)) ?? [];
  return `${variable}${place === undefined ? '' : ` at "${place}"`}: ${reason}`;
}

/** What graphql-js says of an argument when a field is about to run: a variable is null where null may not be. */
const WRONG_ARGUMENT = /^Argument "\w+" (of (required|non-null) type |has invalid value )/;

/**
 * What may leave a subgraph of an error. Errors that we made on purpose carry a code and pass; an outage becomes
 * SERVICE_UNAVAILABLE; anything else is a bug: it is logged in full under an incident id, and only the id goes out.
 */
export function shapeError(error: GraphQLError | GraphQLFormattedError, log: Log): WireError {
  const path = error.path === undefined ? {} : { path: error.path };
  const original = error instanceof GraphQLError ? error.originalError : undefined;
  const thrown = original instanceof GraphQLError ? original : error;
  const code = thrown.extensions?.['code'];
  if (typeof code === 'string' && (original === undefined || original instanceof GraphQLError)) {
    return { message: thrown.message, ...path, extensions: { ...thrown.extensions, code } };
  }
  // graphql-js's own complaints (a wrong type, a missing argument) have no original error and no code; of an argument
  // the original is its own as well.
  const ofArgument = original instanceof GraphQLError && WRONG_ARGUMENT.test(original.message);
  if (original === undefined || ofArgument)
    return { message: error.message, ...path, extensions: { code: 'BAD_USER_INPUT' } };
  if (isOutage(original)) {
    log.warn({ err: original, path: error.path }, 'outage');
    return {
      message: 'The service is briefly unavailable. Try again.',
      ...path,
      extensions: { code: 'SERVICE_UNAVAILABLE', retryAfter: 1 },
    };
  }
  if (isUnstorable(original)) {
    return {
      message: 'A text holds a character that cannot be stored, such as NUL.',
      ...path,
      extensions: { code: 'BAD_USER_INPUT' },
    };
  }
  const incidentId = newId();
  log.error({ err: original, path: error.path, incidentId }, 'bug');
  return {
    message: `Something went wrong on our side. Quote incident ${incidentId} when you ask us.`,
    ...path,
    extensions: { code: 'INTERNAL_SERVER_ERROR', incidentId },
  };
}
