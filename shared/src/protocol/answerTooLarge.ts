import type { SubgraphResponse, WireError } from './subgraph.ts';

/** The answer in place of one that would be too large, with the few errors that are to be known all the same. */
export const answerTooLarge = (also: readonly WireError[] = []): SubgraphResponse => ({
  data: null,
  errors: [{ message: 'The answer is too large.', extensions: { code: 'ANSWER_TOO_LARGE' } }, ...also],
});

export const isTooLarge = ({ errors }: SubgraphResponse): boolean =>
  errors?.some(({ extensions }) => extensions.code === 'ANSWER_TOO_LARGE') === true;
