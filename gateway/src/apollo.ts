import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { Log } from '@comptoir/shared/process/log.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { GraphQLFormattedError, SelectionNode } from 'graphql';
import type { GatewayContext } from './context.ts';
import type { Introspection } from './env.ts';
import { refusal, shapeError } from './errors/errors.ts';
import { fewErrors } from './errors/fewErrors.ts';
import { createDocumentStore } from './operation/documentStore.ts';
import { introspectionOf } from './operation/introspection.ts';
import { LIMITS } from './operation/limits.ts';
import type { PlanGateway } from './plan/planGateway.ts';
import { textOf, Written } from './plan/written.ts';

export type ApolloOptions = {
  gateway: PlanGateway;
  introspection: Introspection;
  log: Log;
  /** The log of the request that is running, so that an incident can be found by request id. */
  requestLog: () => Log;
};

/** Apollo's server with everything off that speaks to its vendor, leaks, or costs without use. Started. */
export async function startApollo(options: ApolloOptions): Promise<ApolloServer<GatewayContext>> {
  const { gateway, introspection, log, requestLog } = options;
  const apollo = new ApolloServer<GatewayContext>({
    gateway,
    stringifyResult: textOf,
    documentStore: createDocumentStore(),
    validationRules: [gateway.names],
    // Refused below where it is: Apollo's own refusal is the same for everybody, and names the product.
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    // `checkLimits` has counted all this before; these hold should somebody call Apollo without it.
    parseOptions: { maxTokens: LIMITS.tokens },
    maxRecursiveSelections: LIMITS.written,
    formatError: (formatted, error) => shapeError(formatted, error, requestLog()),
    logger: loggerOf(log),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      observe(introspection),
    ],
  });
  await apollo.start();
  return apollo;
}

/** For Apollo's parts, whose chatter about loading schemas is not for operators. */
export const loggerOf = (log: Log) => ({
  debug() {},
  info() {},
  warn: log.warn.bind(log),
  error: log.error.bind(log),
});

/**
 * What changes nothing that decides who may do what, and is asked for so often that identity shall not be asked each
 * time.
 */
const isEventsRecord = (selection: SelectionNode): boolean =>
  selection.kind === 'Field' && selection.name.value === 'eventsRecord';

const mayIntrospect = (allowed: Introspection, { kind }: Viewer): boolean =>
  allowed === 'on' || (allowed === 'signed-in' && kind !== 'ANONYMOUS');

/** Fills in the trace, tells that something was changed, and lets out no more than this caller is to read. */
const observe = (introspection: Introspection): ApolloServerPlugin<GatewayContext> => ({
  async requestDidStart({ contextValue: { trace, viewer, changed, answer } }) {
    let changes = false;
    const open = mayIntrospect(introspection, viewer);
    return {
      async didResolveOperation({ operation, operationName, document }) {
        // The gateway's executor would find out too, and call it an error of the server.
        if (operation === undefined)
          throw refusal(
            400,
            'OPERATION_RESOLUTION_FAILURE',
            'The document has no such operation, or several and none is named.',
          );
        if (operation.operation === 'subscription')
          throw refusal(400, 'GRAPHQL_VALIDATION_FAILED', 'The graph has no subscriptions.');
        changes = operation.operation === 'mutation' && !operation.selectionSet.selections.every(isEventsRecord);
        trace.operation = operationName === null ? null : operationName.slice(0, 64);
        if (!open && introspectionOf(document, operation) !== null)
          throw refusal(400, 'INTROSPECTION_DISABLED', INTROSPECTION_CLOSED[introspection]);
      },
      async willSendResponse({ response }) {
        if (changes) changed();
        if (response.body.kind !== 'single') return;
        const result = response.body.singleResult;
        const first = result.errors?.[0];
        const code = first === undefined ? 'ok' : String(first.extensions?.code);
        trace.outcome =
          first !== undefined && result.data !== null && result.data !== undefined ? `partial ${code}` : code;
        if (result.errors !== undefined) {
          const told = fewErrors(result.errors);
          result.errors = open ? told : told.map(withoutSuggestion);
        }
        // Last of all: whatever fails before is answered with a body of its own.
        if (result.data instanceof Written) answer.written = result.data;
      },
    };
  },
});

const INTROSPECTION_CLOSED: Record<Introspection, string> = {
  on: '',
  'signed-in': 'Log in, or send an API key, to ask for the schema.',
  off: 'The schema is not told here.',
};

/** graphql-js guesses which name was meant, and so tells the schema piece by piece. */
const withoutSuggestion = (error: GraphQLFormattedError): GraphQLFormattedError => ({
  ...error,
  message: error.message.replace(/ ?Did you mean [^?]*\?/g, ''),
});
