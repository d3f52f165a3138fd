import type { GraphQLFormattedError } from 'graphql';

/** Errors that one answer tells; a closing one among them says how many more there were. */
export const ERRORS_TOLD = 10;

const LEFT_OUT = 'ERRORS_LEFT_OUT';

/** In the place of errors that are not told. */
export const leftOut = (count: number): GraphQLFormattedError => ({
  message: count === 1 ? 'One more error was left out.' : `${count} more errors were left out.`,
  extensions: { code: LEFT_OUT, leftOut: count },
});

const leftOutBy = ({ extensions }: GraphQLFormattedError): number =>
  extensions?.code === LEFT_OUT ? Number(extensions.leftOut) : 0;

/**
 * The errors of an answer, few enough to be read. One of each kind comes before a second of any - the same words at the
 * same field of another row are the same kind - so that a hundred denials do not hide the one thing that broke.
 */
export function fewErrors(errors: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[] {
  if (errors.length <= ERRORS_TOLD) return errors;
  const known = new Set<string>();
  const first: GraphQLFormattedError[] = [];
  const again: GraphQLFormattedError[] = [];
  let more = 0;
  for (const error of errors) {
    const before = leftOutBy(error);
    more += before;
    if (before > 0) continue;
    const kind = kindOf(error);
    (known.has(kind) ? again : first).push(error);
    known.add(kind);
  }
  const told = [...first, ...again];
  const kept = told.slice(0, ERRORS_TOLD - 1);
  return [...kept, leftOut(more + told.length - kept.length)];
}

const kindOf = ({ extensions, path = [] }: GraphQLFormattedError): string =>
  JSON.stringify([extensions?.code, ...path.filter((key) => typeof key === 'string')]);
