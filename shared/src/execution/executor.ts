import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, ValuesOfCorrectTypeRule, validate } from 'graphql';
import { ownTurn } from '../concurrency/ownTurn.ts';
import { isDenial, MAX_DENIALS } from '../operations/trailOperations.ts';
import type { Log } from '../process/log.ts';
import { isSpent } from '../protocol/answerBudget.ts';
import { answerTooLarge } from '../protocol/answerTooLarge.ts';
import { messageOf, shapeError } from '../protocol/errors.ts';
import type { SubgraphRequest, SubgraphResponse, WireError } from '../protocol/subgraph.ts';
import { createSizedCache } from '../values/sizedCache.ts';
import { boundEntities } from './entities.ts';
import { createExecution } from './execution.ts';

/**
 * Heap for documents that are kept, per subgraph, and what one takes with its plan per character of its text:
 * measured. The gateway sends few distinct ones; an attacker's flood
 * pushes out those that were used longest ago.
 */
const KEPT_BYTES = 8_000_000;
const BYTES_PER_CHARACTER = 100;
const TOKENS = 20_000;
/** Of one operation. A field that is denied is denied at each of its values. */
const ERRORS_TOLD = 1_000;

type Prepared = { document: DocumentNode } | { errors: WireError[] };

export type Executor<Ctx> = ((request: SubgraphRequest, context: Ctx) => Promise<SubgraphResponse>) & {
  /** Bytes of heap that the documents take that are kept, about. */
  held(): number;
};

/**
 * Executes operations on a schema. A document is parsed and validated once per text. Every error comes back shaped and
 * masked.
 */
export function createExecutor<Ctx extends { log: Log }>(
  schema: GraphQLSchema,
  log: Log,
  keptBytes = KEPT_BYTES,
): Executor<Ctx> {
  boundEntities(schema);
  const prepared = createSizedCache<Prepared>(keptBytes);
  const execute = createExecution(schema);

  async function prepare(text: string): Promise<Prepared> {
    await ownTurn();
    const known = prepared.get(text);
    if (known !== undefined) return known;
    const fresh = prepareDocument(schema, text);
    prepared.set(text, fresh, 1_000 + BYTES_PER_CHARACTER * text.length);
    return fresh;
  }

  const run = async (
    { query, variables, operationName, budget }: SubgraphRequest,
    context: Ctx,
  ): Promise<SubgraphResponse> => {
    const ready = prepared.get(query) ?? (await prepare(query));
    if ('errors' in ready) return { errors: ready.errors };
    try {
      const result = await execute({
        document: ready.document,
        contextValue: context,
        variableValues: variables,
        operationName,
        budget,
      });
      if (budget !== undefined && isSpent(budget)) return answerTooLarge(denialsOf(result.errors, context.log));
      const data = result.data as SubgraphResponse['data'];
      if (result.errors === undefined) return { data };
      // Without data nothing ran: variables or the operation's name could not be read, whatever a scalar threw at them.
      if (data === undefined)
        return {
          errors: result.errors.map((error) => ({ message: messageOf(error), extensions: { code: 'BAD_USER_INPUT' } })),
        };
      return { data, errors: result.errors.slice(0, ERRORS_TOLD).map((error) => shapeError(error, context.log)) };
    } catch (error) {
      const original = error instanceof Error ? error : new Error(String(error));
      return { errors: [shapeError(new GraphQLError(original.message, { originalError: original }), log)] };
    }
  };
  return Object.assign(run, { held: prepared.held });
}

/** Of an answer that is too large all that is kept: who was denied what is recorded, however large the rest became. */
const denialsOf = (errors: readonly GraphQLError[] = [], log: Log): WireError[] =>
  errors
    .slice(0, ERRORS_TOLD)
    .map((error) => shapeError(error, log))
    .filter(isDenial)
    .slice(0, MAX_DENIALS);

function prepareDocument(schema: GraphQLSchema, text: string): Prepared {
  try {
    const document = parse(text, { maxTokens: TOKENS, noLocation: true });
    const problems = validate(schema, document);
    if (problems.length === 0) return { document };
    // The gateway has validated all but values of our scalars, which it takes for opaque: a date that is none was
    // written by the client.
    const values = validate(schema, document, [ValuesOfCorrectTypeRule]);
    const code = values.length === problems.length ? 'BAD_USER_INPUT' : 'GRAPHQL_VALIDATION_FAILED';
    return { errors: problems.map(({ message }) => ({ message, extensions: { code } })) };
  } catch (error) {
    const message = error instanceof Error ? error.message : 'The document cannot be read.';
    return { errors: [{ message, extensions: { code: 'GRAPHQL_PARSE_FAILED' } }] };
  }
}
