import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { Log } from '@comptoir/shared/log.ts';
import type { Subgraph } from '@comptoir/shared/subgraph.ts';
import type { GatewayContext } from './context.ts';
import { createDocumentStore } from './documentStore.ts';
import { refusal, shapeError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { reservedNames } from './plan/names.ts';
import { planGateway } from './plan/planGateway.ts';
import { textOf } from './plan/written.ts';

export type ApolloOptions = {
  supergraph: string;
  /** By name; each already answers within its deadline. */
  subgraphs: Record<string, Subgraph>;
  /** Within which a query is answered, however many subgraphs it needs one after the other. */
  queryMs: number;
  /** Most of an answer. */
  answerBytes?: number | undefined;
  introspection: boolean;
  log: Log;
  /** The log of the request that is running, so that an incident can be found by request id. */
  requestLog: () => Log;
};

/** Apollo's server with everything off that speaks to its vendor, leaks, or costs without use. Started. */
export async function startApollo(options: ApolloOptions): Promise<ApolloServer<GatewayContext>> {
  const { supergraph, subgraphs, queryMs, answerBytes, introspection, log, requestLog } = options;
  // Its chatter about loading schemas is not for operators.
  const logger = { debug() {}, info() {}, warn: log.warn.bind(log), error: log.error.bind(log) };
  const apollo = new ApolloServer<GatewayContext>({
    gateway: planGateway(supergraph, subgraphs, { queryMs, answerBytes }),
    stringifyResult: textOf,
    documentStore: createDocumentStore(),
    validationRules: [reservedNames(supergraph)],
    introspection,
    hideSchemaDetailsFromClientErrors: !introspection,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    // `checkLimits` has counted all this before; these hold should somebody call Apollo without it.
    parseOptions: { maxTokens: LIMITS.tokens },
    maxRecursiveSelections: LIMITS.written,
    formatError: (formatted, error) => shapeError(formatted, error, requestLog()),
    logger,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      observe,
    ],
  });
  await apollo.start();
  return apollo;
}

/** Fills in the trace. */
const observe: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart({ contextValue: { trace } }) {
    return {
      async didResolveOperation({ operation, operationName }) {
        // The gateway's executor would find out too, and call it an error of the server.
        if (operation === undefined)
          throw refusal(
            400,
            'OPERATION_RESOLUTION_FAILURE',
            'The document has no such operation, or several and none is named.',
          );
        if (operation.operation === 'subscription')
          throw refusal(400, 'GRAPHQL_VALIDATION_FAILED', 'The graph has no subscriptions.');
        trace.operation = operationName === null ? null : operationName.slice(0, 64);
      },
      async willSendResponse({ response }) {
        if (response.body.kind !== 'single') return;
        const result = response.body.singleResult;
        const first = result.errors?.[0];
        const code = first === undefined ? 'ok' : String(first.extensions?.code);
        trace.outcome =
          first !== undefined && result.data !== null && result.data !== undefined ? `partial ${code}` : code;
      },
    };
  },
};
