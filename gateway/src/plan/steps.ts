import type { FetchDataRewrite, FetchNode, PlanNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import { type Data, isData, merge, own } from './data.ts';

/** A query plan in the form in which it is run: read once per operation, run for each request. */
export type Step =
  | { kind: 'sequence' | 'parallel'; steps: readonly Step[] }
  | { kind: 'condition'; variable: string; ifSo: Step | null; otherwise: Step | null }
  | Fetch;

/** One operation for one subgraph, and where its answer belongs. */
export type Fetch = {
  kind: 'fetch';
  subgraph: string;
  query: string;
  operationName: string | undefined;
  /** Names of the request's variables that the operation uses. */
  variables: readonly string[];
  /** From the root of the data to the objects that the answer is about; `@` stands for each element of a list. */
  path: readonly string[];
  /**
   * What an object there is known by to the subgraph, or null when it cannot be asked for. Absent where the answer is
   * about the root.
   */
  represent?: (object: Data) => Data | null;
  /** Puts in order, in place, what only the planner's own names are good for. */
  rewrite: (received: Data) => void;
};

/** Whether an object of the first type is one of the second: the same, or an interface or union that it belongs to. */
export type IsOfType = (typename: string, condition: string) => boolean;

/** Characters of all the operations that a plan may send. */
export function sentLength(step: Step | null): number {
  if (step === null) return 0;
  if (step.kind === 'fetch') return step.query.length;
  const inner = step.kind === 'condition' ? [step.ifSo, step.otherwise] : step.steps;
  return inner.reduce((sum, one) => sum + sentLength(one), 0);
}

/** Reads a plan. Throws when it holds what this gateway never asks the planner for. */
export function readPlan(node: PlanNode, isOfType: IsOfType, path: readonly string[] = []): Step {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return {
        kind: node.kind === 'Sequence' ? 'sequence' : 'parallel',
        steps: node.nodes.map((inner) => readPlan(inner, isOfType, path)),
      };
    case 'Flatten':
      return readPlan(node.node, isOfType, [...path, ...node.path.map(pathElement)]);
    case 'Condition':
      return {
        kind: 'condition',
        variable: node.condition,
        ifSo: node.ifClause === undefined ? null : readPlan(node.ifClause, isOfType, path),
        otherwise: node.elseClause === undefined ? null : readPlan(node.elseClause, isOfType, path),
      };
    case 'Fetch':
      return readFetch(node, isOfType, path);
    default:
      throw new Error(`The plan holds a ${node.kind}, which this gateway does not run.`);
  }
}

function readFetch(node: FetchNode, isOfType: IsOfType, path: readonly string[]): Fetch {
  if (node.contextRewrites !== undefined && node.contextRewrites.length > 0)
    throw new Error('The plan sets a context, which this gateway does not run.');
  const fetch: Fetch = {
    kind: 'fetch',
    subgraph: node.serviceName,
    query: node.operation,
    operationName: node.operationName,
    variables: node.variableUsages ?? [],
    path,
    rewrite: rewriter(node.outputRewrites, isOfType),
  };
  if (node.requires === undefined) return fetch;

  const select = selector(node.requires, isOfType);
  const rewrite = rewriter(node.inputRewrites, isOfType);
  return {
    ...fetch,
    represent(object) {
      const representation = select(object);
      // Without its type it is one of those that this fetch is not about.
      if (representation?.__typename === undefined) return null;
      rewrite(representation);
      return representation;
    },
  };
}

function pathElement(element: string | number): string {
  if (typeof element === 'string' && !/[|[\]]/.test(element)) return element;
  throw new Error(`The plan goes through ${element}, which this gateway does not run.`);
}

/** Copies the selected fields; null when one is not there. */
function selector(selections: readonly QueryPlanSelectionNode[], isOfType: IsOfType): (from: Data) => Data | null {
  const parts = selections.map((selection): ((from: Data, to: Data) => boolean) => {
    if (selection.kind === 'InlineFragment') {
      const { typeCondition } = selection;
      const select = selector(selection.selections, isOfType);
      return (from, to) => {
        const typename = from.__typename;
        const applies =
          typeCondition === undefined || (typeof typename === 'string' && isOfType(typename, typeCondition));
        const selected = applies ? select(from) : null;
        if (selected !== null) merge(to, selected);
        return true;
      };
    }
    const name = selection.alias ?? selection.name;
    if (selection.selections === undefined || selection.selections.length === 0) {
      return (from, to) => {
        const value = own(from, name);
        to[name] = value;
        return value !== undefined;
      };
    }
    const select = selector(selection.selections, isOfType);
    const selectAll = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(selectAll);
      return isData(value) ? select(value) : null;
    };
    return (from, to) => {
      const value = own(from, name);
      if (value === undefined) return false;
      to[name] = selectAll(value);
      return true;
    };
  });
  return (from) => {
    const to: Data = {};
    for (const part of parts) if (!part(from, to)) return null;
    return to;
  };
}

const FRAGMENT = '... on ';

/** The planner renames fields that would get in each other's way, and sets types that a subgraph does not know of. */
function rewriter(rewrites: readonly FetchDataRewrite[] | undefined, isOfType: IsOfType): (value: Data) => void {
  if (rewrites === undefined || rewrites.length === 0) return () => undefined;
  const all = rewrites.map((rewrite) => {
    const at = rewrite.path.slice(0, -1);
    const field = rewrite.path.at(-1) as string;
    const change = (object: Data): void => {
      if (rewrite.kind === 'ValueSetter') {
        object[field] = rewrite.setValueTo;
      } else if (own(object, field) !== undefined) {
        object[rewrite.renameKeyTo] = object[field];
        delete object[field];
      }
    };
    return (value: Data) => eachAt(value, at, isOfType, change);
  });
  return (value) => {
    for (const rewrite of all) rewrite(value);
  };
}

function eachAt(value: unknown, path: readonly string[], isOfType: IsOfType, change: (object: Data) => void): void {
  if (Array.isArray(value)) {
    for (const element of value) eachAt(element, path, isOfType, change);
    return;
  }
  if (!isData(value)) return;
  const [first, ...rest] = path;
  if (first === undefined) {
    change(value);
  } else if (first.startsWith(FRAGMENT)) {
    const typename = value.__typename;
    if (typeof typename !== 'string' || isOfType(typename, first.slice(FRAGMENT.length)))
      eachAt(value, rest, isOfType, change);
  } else {
    eachAt(own(value, first), rest, isOfType, change);
  }
}
