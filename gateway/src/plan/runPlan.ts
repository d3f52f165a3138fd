import { MAX_REPRESENTATIONS } from '@comptoir/shared/execution/entities.ts';
import { type AnswerBudget, isSpent } from '@comptoir/shared/protocol/answerBudget.ts';
import type { SubgraphRequest, SubgraphResponse, WireError } from '@comptoir/shared/protocol/subgraph.ts';
import { GraphQLError } from 'graphql';
import { type Data, isData, merge, own } from './data.ts';
import { fieldsOf, type Lost } from './explain.ts';
import type { Fetch, Step } from './steps.ts';

/**
 * Sends one operation to one subgraph, with the viewer of the request; never throws for what the operation contains.
 */
export type Ask = (subgraph: string, request: SubgraphRequest) => Promise<SubgraphResponse>;

export type Run = {
  /** As the request has them: they are checked, and sent on as they are. */
  variables: Readonly<Record<string, unknown>>;
  /** The same with defaults filled in, for conditions. */
  coerced: Readonly<Record<string, unknown>>;
  ask: Ask;
  /** What came so far, and what went wrong. */
  data: Data;
  errors: GraphQLError[];
  /** Errors beyond those that are kept. */
  more: number;
  /** Fetches that failed as a whole. */
  lost: Lost;
  /** Places that are empty because an error beside them took all along. */
  emptied: (string | number)[][];
  /**
   * What all fetches together may bring. Once it is spent nothing more is fetched, but the fields of a mutation: none
   * of them is left out for the size of another one's answer.
   */
  budget: AnswerBudget;
  isMutation: boolean;
  /** Lets others have a turn, when this request has had its own. */
  breathe: () => Promise<void> | undefined;
};

/**
 * Errors kept, when an answer has more: an entity that stands in ten thousand places has each of its errors as often.
 */
export const ERRORS_KEPT = 1_000;

/** Representations asked for at once; a subgraph takes no more. */
const CHUNK = MAX_REPRESENTATIONS;

/** Runs a plan, one step after the other or side by side as it says. Nothing is sent twice. */
export async function runPlan(step: Step, run: Run): Promise<void> {
  switch (step.kind) {
    case 'sequence':
      for (const inner of step.steps) await runPlan(inner, run);
      return;
    case 'parallel':
      await Promise.all(step.steps.map((inner) => runPlan(inner, run)));
      return;
    case 'condition': {
      const branch = run.coerced[step.variable] === true ? step.ifSo : step.otherwise;
      if (branch !== null) await runPlan(branch, run);
      return;
    }
    case 'fetch':
      if (isSpent(run.budget) && !(run.isMutation && step.represent === undefined)) return;
      try {
        await (step.represent === undefined ? fetchRoot(step, run) : fetchEntities(step, step.represent, run));
      } catch (error) {
        // A bug, here or there. What the other fetches bring is still worth having.
        loseAll(run, step, unexpected(step, error));
      }
  }
}

async function fetchRoot(fetch: Fetch, run: Run): Promise<void> {
  const places = objectsAt(run.data, fetch.path);
  if (places.length === 0) return;
  const { data, errors } = await send(fetch, run, variablesOf(fetch, run));
  for (const error of errors ?? []) {
    if (error.path === undefined) loseAll(run, fetch, toError(fetch, error));
    else report(run, toError(fetch, error, [...fetch.path, ...error.path]));
  }
  if (!isData(data)) {
    if (errors?.some(({ path }) => path !== undefined)) empty(run, fetch, [[...fetch.path]]);
    return;
  }
  fetch.rewrite(data);
  for (const place of places) merge(place, data);
}

/**
 * Asks once for each entity, however often it stands in the answer, and puts what comes into all of its places. Those
 * may share what lies below: a plan reaches all places of a fetch by one path, so whatever is fetched for one later is
 * fetched for all.
 */
async function fetchEntities(fetch: Fetch, represent: (object: Data) => Data | null, run: Run): Promise<void> {
  const places = objectsAt(run.data, fetch.path);
  const known = new Map<string, number>();
  const representations: Data[] = [];
  // Which representation each place has; -1 for one that is not asked for.
  const askedAs = places.map((place) => {
    const representation = represent(place);
    if (representation === null) return -1;
    const key = keyOf(representation);
    let index = known.get(key);
    if (index === undefined) {
      index = representations.push(representation) - 1;
      known.set(key, index);
    }
    return index;
  });
  if (representations.length === 0) return;

  const entities: unknown[] = [];
  const asked = { entities, placesOf: placesByEntity(fetch, askedAs, run) };
  for (let from = 0; from < representations.length; from += CHUNK) {
    if (isSpent(run.budget)) return;
    const chunk = representations.slice(from, from + CHUNK);
    await run.breathe();
    const { data, errors } = await send(fetch, run, { ...variablesOf(fetch, run), representations: chunk });
    await run.breathe();
    const got = Array.isArray(data?._entities) ? data._entities : [];
    for (let at = 0; at < chunk.length; at++) entities.push(got[at]);
    if (errors !== undefined) reportEntityErrors(fetch, errors, from, asked, run);
  }
  for (const entity of entities) if (isData(entity)) fetch.rewrite(entity);
  places.forEach((place, at) => {
    const entity = entities[askedAs[at] as number];
    if (isData(entity)) merge(place, entity);
  });
  await run.breathe();
}

type Asked = { entities: readonly unknown[]; placesOf: (entity: number) => readonly (string | number)[][] };

/** Where each entity stands in the answer. That is looked for when the first error asks, once per fetch. */
function placesByEntity(fetch: Fetch, askedAs: readonly number[], run: Run): Asked['placesOf'] {
  let places: Map<number, (string | number)[][]> | null = null;
  return (entity) => {
    places ??= Map.groupBy(pathsTo(run.data, fetch.path), (_, at) => askedAs[at] ?? -1);
    return places.get(entity) ?? [];
  };
}

/** An error about an entity stands at each of its places; one about the fetch as a whole stands nowhere. */
function reportEntityErrors(
  fetch: Fetch,
  errors: readonly WireError[],
  from: number,
  { entities, placesOf }: Asked,
  run: Run,
): void {
  for (const error of errors) {
    const [field, index, ...rest] = error.path ?? [];
    if (field !== '_entities' || typeof index !== 'number') {
      loseAll(run, fetch, toError(fetch, error));
      continue;
    }
    const places = placesOf(from + index);
    if (entities[from + index] === null) empty(run, fetch, places.slice(0, roomIn(run.emptied)));
    const told = places.slice(0, roomIn(run.errors));
    for (const place of told) report(run, toError(fetch, error, [...place, ...rest]));
    run.more += places.length - told.length;
  }
}

const roomIn = (kept: readonly unknown[]): number => Math.max(0, ERRORS_KEPT - kept.length);

/** What the fetch was for is explained there, by the error that was just told. */
function empty(run: Run, fetch: Fetch, places: readonly (string | number)[][]): void {
  for (const field of fieldsOf(fetch)) for (const place of places) run.emptied.push([...place, field]);
}

function loseAll(run: Run, fetch: Fetch, error: GraphQLError): void {
  report(run, error);
  if (!run.lost.has(fetch)) run.lost.set(fetch, error);
}

function report(run: Run, error: GraphQLError): void {
  if (run.errors.length < ERRORS_KEPT) run.errors.push(error);
  else run.more += 1;
}

const send = (fetch: Fetch, run: Run, variables: Record<string, unknown>): Promise<SubgraphResponse> =>
  run.ask(fetch.subgraph, {
    query: fetch.query,
    variables,
    operationName: fetch.operationName,
    budget: run.budget,
  });

function variablesOf(fetch: Fetch, { variables }: Run): Record<string, unknown> {
  const used: Record<string, unknown> = {};
  for (const name of fetch.variables) {
    const value = own(variables, name);
    if (value !== undefined) used[name] = value;
  }
  return used;
}

/**
 * Equal for equal representations of one fetch, whose fields are in one order; short for those of one key field, which
 * are most.
 */
function keyOf(representation: Data): string {
  const { __typename, ...fields } = representation;
  const [value, ...more] = Object.values(fields);
  return more.length === 0 && typeof value === 'string' ? `${__typename} ${value}` : JSON.stringify(representation);
}

function toError(fetch: Fetch, { message, extensions }: WireError, path?: (string | number)[]): GraphQLError {
  const code = extensions?.code ?? 'DOWNSTREAM_SERVICE_ERROR';
  return new GraphQLError(message, { path, extensions: { ...extensions, code, serviceName: fetch.subgraph } });
}

function unexpected(fetch: Fetch, error: unknown): GraphQLError {
  const originalError = error instanceof Error ? error : new Error(String(error));
  const extensions = { code: 'INTERNAL_SERVER_ERROR', serviceName: fetch.subgraph };
  return new GraphQLError(originalError.message, { originalError, extensions });
}

/** The objects of the answer that a path leads to, in order; what is null on the way has none. */
function objectsAt(data: Data, path: readonly string[]): Data[] {
  const found: Data[] = [];
  walk(data, path, 0, (object) => found.push(object));
  return found;
}

/** Where those objects stand. */
function pathsTo(data: Data, path: readonly string[]): (string | number)[][] {
  const found: (string | number)[][] = [];
  walk(data, path, 0, (_, at) => found.push([...at]), []);
  return found;
}

function walk(
  value: unknown,
  path: readonly string[],
  depth: number,
  visit: (object: Data, at: readonly (string | number)[]) => void,
  at: (string | number)[] = [],
): void {
  if (value === undefined || value === null) return;
  const element = path[depth];
  if (element === undefined) {
    if (isData(value)) visit(value, at);
  } else if (element === '@') {
    if (!Array.isArray(value)) throw new Error('The plan sees a list where a subgraph gave none.');
    for (let index = 0; index < value.length; index++) {
      at.push(index);
      walk(value[index], path, depth + 1, visit, at);
      at.pop();
    }
  } else if (isData(value)) {
    at.push(element);
    walk(own(value, element), path, depth + 1, visit, at);
    at.pop();
  }
}
