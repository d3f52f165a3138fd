import { type DocumentNode, type FieldNode, parse, type SelectionSetNode } from 'graphql';
import type { TrailEntry } from '../audit/trail.ts';
import { unavailable } from '../protocol/errors.ts';
import type { SubgraphRequest, SubgraphResponse, WireError } from '../protocol/subgraph.ts';
import { readId } from '../values/uuid.ts';
import type { OperationContext } from './context.ts';

// biome-ignore lint/suspicious/noExplicitAny: resolvers of every subgraph, each typed where it is written.
type Resolver = (root: any, args: any, context: any, info: any) => unknown;

/**
 * Puts every mutation under the audit trail: its transactions carry their row (`context.ts`), and an answer with a user
 * error is recorded as REFUSED, with the code and rule that the caller was given.
 */
export function trailMutations<Resolvers extends { Mutation?: Record<string, unknown> }>(
  resolvers: Resolvers,
): Resolvers {
  if (resolvers.Mutation === undefined) return resolvers;
  const wrapped = Object.entries(resolvers.Mutation).map(([action, resolve]) => [
    action,
    trailMutation(action, resolve as Resolver),
  ]);
  return { ...resolvers, Mutation: Object.fromEntries(wrapped) };
}

function trailMutation(action: string, resolve: Resolver): Resolver {
  return async (root, args, context: OperationContext<unknown>, info) => {
    const trailed = context.forMutation(action, args);
    const payload = (await resolve(root, args, trailed.context, info)) as {
      userErrors?: { code: string; rule: string | null }[];
    };
    const refusal = payload.userErrors?.[0];
    if (refusal !== undefined) {
      // The change, if any, is a matter of its own transaction; a "no" that cannot be written down is still a "no".
      await trailed.refused(refusal.code, refusal.rule).catch((error: unknown) => {
        context.log.warn({ err: error, action }, 'a refusal could not be recorded');
      });
    }
    return payload;
  };
}

/**
 * Most denials of one operation that are recorded: a list of a thousand foreign things is one attempt, not a thousand.
 */
export const MAX_DENIALS = 20;

type Execute<Ctx> = (request: SubgraphRequest, context: Ctx) => Promise<SubgraphResponse>;

/**
 * Records what only the whole operation tells: "may not" (each with the decision id that the caller gets), and whose
 * rows the provider's staff has read. What staff read and what could not be recorded is not handed out.
 */
export function auditedExecution<Ctx extends OperationContext<unknown>>(execute: Execute<Ctx>): Execute<Ctx> {
  return async (request, context) => {
    const response = await execute(request, context);
    const denials = (response.errors ?? []).filter(isDenial).slice(0, MAX_DENIALS);
    if (denials.length > 0) {
      await context.record(denials.map((error) => denialEntry(parse(request.query), error))).catch((error: unknown) => {
        context.log.warn({ err: error }, 'a denial could not be recorded');
      });
    }
    const accounts = context.foreignAccountsRead();
    if (accounts.length === 0) return response;
    try {
      await context.record([{ decision: 'READ', action: rootFields(parse(request.query)), note: { accounts } }]);
      return response;
    } catch (error) {
      context.log.warn({ err: error }, 'what staff read could not be recorded');
      const { message, extensions } = unavailable(
        'What the provider’s people read is recorded, and that is not possible right now. Try again.',
      );
      return { data: null, errors: [{ message, extensions: extensions as WireError['extensions'] }] };
    }
  };
}

/** Somebody who is known, and may not or not yet. */
const DENIALS = ['FORBIDDEN', 'ADDRESS_NOT_ALLOWED', 'ACCOUNT_NOT_CHOSEN', 'SECOND_FACTOR_REQUIRED'];

export const isDenial = ({ extensions }: WireError): boolean =>
  DENIALS.includes(extensions.code) &&
  typeof extensions.decisionId === 'string' &&
  readId(extensions.decisionId) !== null;

function denialEntry(document: DocumentNode, { path = [], extensions }: WireError): TrailEntry {
  const { decisionId, code, rule } = extensions;
  return {
    id: decisionId as string,
    decision: 'DENIED',
    action: fieldsAlong(document, path).join('.') || 'unknown',
    code,
    rule: typeof rule === 'string' ? rule : null,
  };
}

/** The fields by their own names where an error's path has the caller's aliases, which are text of the caller's. */
function fieldsAlong(document: DocumentNode, path: readonly (string | number)[]): string[] {
  const names: string[] = [];
  let selected = document.definitions.flatMap((definition) =>
    definition.kind === 'OperationDefinition' ? fieldsIn(document, definition.selectionSet) : [],
  );
  for (const part of path.filter((one) => typeof one === 'string')) {
    const found = selected.filter((field) => (field.alias ?? field.name).value === part);
    const [first] = found;
    if (first === undefined) break;
    names.push(first.name.value);
    selected = found.flatMap(({ selectionSet }) =>
      selectionSet === undefined ? [] : fieldsIn(document, selectionSet),
    );
  }
  return names;
}

/** The fields of a selection, those of its fragments among them. */
function fieldsIn(document: DocumentNode, { selections }: SelectionSetNode): FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === 'Field') return [selection];
    if (selection.kind === 'InlineFragment') return fieldsIn(document, selection.selectionSet);
    return document.definitions.flatMap((one) =>
      one.kind === 'FragmentDefinition' && one.name.value === selection.name.value
        ? fieldsIn(document, one.selectionSet)
        : [],
    );
  });
}

/**
 * What staff asked, by the names of its root fields; of entities that the gateway fetched, the names of their types.
 */
function rootFields(document: DocumentNode): string {
  const names = document.definitions.flatMap((definition) => {
    if (definition.kind !== 'OperationDefinition') return [];
    return fieldsIn(document, definition.selectionSet).flatMap(({ name, selectionSet }) => {
      const types = name.value === '_entities' ? (selectionSet?.selections ?? []) : [];
      const named = types.flatMap((type) =>
        type.kind === 'InlineFragment' ? (type.typeCondition?.name.value ?? []) : [],
      );
      return named.length > 0 ? named : [name.value];
    });
  });
  return [...new Set(names)].join(' ').slice(0, 200) || 'unknown';
}
