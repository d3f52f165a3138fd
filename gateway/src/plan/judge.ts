import {
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql';
import { answerTooLarge, refusal } from '../errors/errors.ts';
import { LIMITS } from '../operation/limits.ts';
import type { Data } from './data.ts';
import type { Judged } from './planner.ts';

/** Values told of, when variables hold more that are wrong. */
const WRONG_VALUES_TOLD = 50;

export type Verdict =
  | { refused: readonly GraphQLError[] }
  /** Variables with defaults filled in; those that are null where none may be. */
  | { refused: null; coerced: Record<string, unknown>; nulls: readonly string[] };

/** What stands before every execution, no matter who executes: the variables, and how much they ask for. */
export function judge(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  { size, nullable }: Judged,
  variables: Record<string, unknown>,
): Verdict {
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, {
    maxErrors: WRONG_VALUES_TOLD,
  });
  if (errors !== undefined) return { refused: errors.map(asBadInput) };
  for (const [what, most] of [
    ['values', LIMITS.answerValues],
    ['rows', LIMITS.answerRows],
  ] as const) {
    const asked = Math.round(size[what](coerced));
    if (asked > most) return { refused: [tooMuch(asked, what, most)] };
  }
  return { refused: null, coerced, nulls: nullable.filter((name) => coerced[name] === null) };
}

/** Whatever is wrong with variables is the caller's, with graphql-js's closing word that it stopped looking. */
function asBadInput(error: GraphQLError): GraphQLError {
  const { message, nodes, originalError, extensions } = error;
  if (extensions.code !== undefined) return error;
  return new GraphQLError(message, { nodes, originalError, extensions: { ...extensions, code: 'BAD_USER_INPUT' } });
}

const tooMuch = (asked: number, what: string, most: number): GraphQLError =>
  refusal(
    400,
    'OPERATION_TOO_LARGE',
    `The answer could have ${asked} ${what}, of which ${most} are the most. Ask for shorter pages (first), or for less of each.`,
  );

/**
 * In place of an answer that is too large. Of a query nothing happened, as with every limit. A mutation ran to its end:
 * that is said, and that there are no data of it.
 */
export function tooLarge({ operation }: OperationDefinitionNode, maxBytes: number): ExecutionResult<Data> {
  return operation === 'mutation'
    ? { data: null, errors: [answerTooLarge(maxBytes, true)] }
    : { errors: [answerTooLarge(maxBytes, false)] };
}

/** What the errors of an answer may take in it, and what is around them. */
export const errorBytes = (errors: readonly unknown[]): number =>
  1_000 + (errors.length === 0 ? 0 : 2 * Buffer.byteLength(JSON.stringify(errors)));
