import { HeaderMap } from '@apollo/server';
import type { Log } from '@comptoir/shared/process/log.ts';
import { messageOf } from '@comptoir/shared/protocol/errors.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';

/** What a client may learn of an error besides its message and place. */
const SHOWN = ['code', 'decisionId', 'rule', 'incidentId', 'retryAfter', 'field', 'leftOut'] as const;

const MAX_MESSAGE = 500;

/**
 * Codes that say "this has a bug" when they come from a subgraph: the gateway wrote the document that it did not like.
 */
const OURS_TO_MEND = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'DOWNSTREAM_SERVICE_ERROR',
  'INTERNAL_SERVER_ERROR',
]);

/** A refusal of the whole request, with the HTTP status and headers that Apollo Server then answers with. */
export function refusal(
  status: number,
  code: string,
  message: string,
  { headers = {}, ...extensions }: { headers?: Record<string, string> } & Record<string, unknown> = {},
): GraphQLError {
  const http = { status, headers: new HeaderMap(Object.entries(headers)) };
  return new GraphQLError(message, { extensions: { code, ...extensions, http } });
}

/**
 * Instead of an answer that is larger than we make. A mutation has run all the same, so that is no error of the
 * request.
 */
export function answerTooLarge(bytes: number, isMutation: boolean): GraphQLError {
  const message = `The answer would be larger than ${bytes} bytes, which is the most.`;
  return isMutation
    ? refusal(200, 'ANSWER_TOO_LARGE', `${message} The mutation has run; read with a query what became of it.`)
    : refusal(400, 'ANSWER_TOO_LARGE', `${message} Ask for shorter pages (first), or for less of each.`);
}

/**
 * The last thing that happens to an error. Names of subgraphs, addresses and stacks never pass. An error that no one
 * made on purpose is logged in full under an incident id, and only the id goes out; a subgraph's own incident keeps the
 * id that it has.
 */
export function shapeError(formatted: GraphQLFormattedError, error: unknown, log: Log): GraphQLFormattedError {
  const { path, locations, extensions = {} } = formatted;
  const message = error instanceof GraphQLError ? messageOf(error) : formatted.message;
  const place = { ...(locations === undefined ? {} : { locations }), ...(path === undefined ? {} : { path }) };
  const code = extensions.code as string;
  const fromSubgraph = extensions.serviceName !== undefined;
  const known = extensions.incidentId !== undefined;
  if (!known && (code === 'INTERNAL_SERVER_ERROR' || (fromSubgraph && OURS_TO_MEND.has(code)))) {
    const incidentId = newId();
    const cause = (error instanceof GraphQLError && error.originalError) || error;
    log.error({ err: cause, message, path, incidentId, subgraph: extensions.serviceName }, 'bug');
    return {
      message: `Something went wrong on our side. Quote incident ${incidentId} when you ask us.`,
      ...place,
      extensions: { code: 'INTERNAL_SERVER_ERROR', incidentId },
    };
  }
  return {
    // graphql-js quotes the wrong literals of a document, and may quote much.
    message: message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message,
    ...place,
    extensions: Object.fromEntries(
      SHOWN.filter((name) => extensions[name] !== undefined).map((name) => [name, extensions[name]]),
    ),
  };
}
