import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '@comptoir/shared/values/uuid.ts';

/**
 * Errors by which a part of the service says that it is away or busy. Anything else that is thrown at a caller is a
 * bug.
 */
const RETRYABLE = new Set([
  'SERVICE_UNAVAILABLE',
  'SUBGRAPH_UNAVAILABLE',
  'SUBGRAPH_TIMEOUT',
  'OVERLOADED',
  'NOT_READY',
]);

/**
 * `answered` has the root field's value. `failed` says nothing about what took effect. `code` is null where no one
 * answered at all.
 */
export type Reply<T> =
  | { answered: T; failed?: never }
  | { answered?: never; failed: { code: string | null; retryable: boolean } };

export type Graph = {
  /** Sends one operation with one root field, once. Never throws. */
  ask<T>(query: string, variables: Record<string, unknown>, token: string): Promise<Reply<T>>;
  /**
   * How the calls that failed did: by error code, or by what happened to the connection; "partly" where the root field
   * was there all the same.
   */
  failures: Map<string, number>;
  /** Errors that were not of the kind that says "try again", in words: no one is to see such a one here. */
  bugs: string[];
};

/** The graph over HTTP, as a partner's script calls it. */
export function openGraph(url: string, answerWithinMs: number): Graph {
  const failures = new Map<string, number>();
  const bugs: string[] = [];
  const count = (name: string): void => void failures.set(name, (failures.get(name) ?? 0) + 1);
  const noteBug = (query: string, code: string): void => {
    if (!RETRYABLE.has(code)) bugs.push(`${/(\w+)\W*\(input|\w+/.exec(query)?.[1] ?? 'A query'} answered ${code}.`);
  };
  return {
    failures,
    bugs,
    async ask<T>(query: string, variables: Record<string, unknown>, token: string): Promise<Reply<T>> {
      type Body = { data?: Record<string, T | null> | null; errors?: { extensions?: { code?: string } }[] };
      let body: Body;
      try {
        const response = await fetch(`${url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'x-request-id': newId() },
          body: JSON.stringify({ query, variables }),
          signal: AbortSignal.timeout(answerWithinMs),
        });
        body = (await response.json()) as Body;
      } catch (error) {
        count((error as Error).name === 'TimeoutError' ? 'no answer in time' : 'connection broke');
        return { failed: { code: null, retryable: true } };
      }
      const codes = new Set(body.errors?.map(({ extensions }) => extensions?.code ?? 'no code'));
      // It stands for further ones of those.
      codes.delete('ERRORS_LEFT_OUT');
      for (const code of codes) noteBug(query, code);
      const value = Object.values(body.data ?? {})[0];
      // Where a part of the answer is missing the mutation stands all the same: what is there counts.
      if (value != null) {
        for (const code of codes) count(`partly ${code}`);
        return { answered: value };
      }
      const [code = 'no data'] = codes;
      count(code);
      return { failed: { code, retryable: RETRYABLE.has(code) } };
    },
  };
}

/** Asks again until there is an answer. Null when none came within the time, or when the error is not one to retry. */
export async function askUntilAnswered<T>(
  ask: () => Promise<Reply<T>>,
  { withinMs, onFailure }: { withinMs: number; onFailure?: () => void },
): Promise<T | null> {
  const deadline = performance.now() + withinMs;
  for (let wait = 20; ; wait = Math.min(wait * 2, 320)) {
    const reply = await ask();
    if (reply.failed === undefined) return reply.answered;
    onFailure?.();
    if (performance.now() > deadline) return null;
    await pause(wait);
  }
}
