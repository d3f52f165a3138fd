import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '@comptoir/shared/values/uuid.ts';

/** The gateway, as a partner's script reaches it: over HTTP, as the bearer of one token. */
export type Door = { url: string; token: string | null };

/** The gateway said no, or nothing, and asking again would not help. */
export class NoAnswer extends Error {
  /** The code of the first error; null when nothing was answered at all. */
  readonly code: string | null;

  constructor(message: string, code: string | null) {
    super(message);
    this.code = code;
  }
}

/** Long enough for a gateway to be killed and started again. */
const PATIENCE_MS = 20_000;
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 3_000;
const ANSWER_WITHIN_MS = 20_000;

type Attempt<T> = { data: T } | { failure: NoAnswer; again: boolean };
type WireError = { message: string; extensions?: { code?: string; retryAfter?: number } };

/**
 * Asks, and asks the same again after a 503, a broken connection or an error that says when to come back, as long as
 * `patienceMs` last since the first time (20 s). Only for what can be asked twice: queries, and mutations that are
 * idempotent. `attempts` above 1 means that an earlier attempt may have taken effect. Throws `NoAnswer`.
 */
export async function ask<T>(
  { url, token }: Door,
  query: string,
  variables: Record<string, unknown> = {},
  patienceMs = PATIENCE_MS,
): Promise<{ data: T; attempts: number }> {
  const body = JSON.stringify({ query, variables });
  const giveUpAt = performance.now() + patienceMs;
  for (let attempts = 1; ; attempts += 1) {
    const attempt = await askOnce<T>(url, token, body);
    if ('data' in attempt) return { data: attempt.data, attempts };
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), MAX_PAUSE_MS) * (0.75 + Math.random() / 2);
    if (!attempt.again || performance.now() + pauseMs > giveUpAt) throw attempt.failure;
    await pause(pauseMs);
  }
}

async function askOnce<T>(url: string, token: string | null, body: string): Promise<Attempt<T>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-request-id': newId(),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    text = await response.text();
  } catch (error) {
    return { failure: new NoAnswer(`The gateway does not answer (${reason(error)}).`, null), again: true };
  }
  const answer = readJson(text) as { data?: T | null; errors?: WireError[] } | null;
  const [first] = answer?.errors ?? [];
  // Half an answer is none here: anyone who counts must not count over a gap.
  if (first === undefined && answer?.data != null) return { data: answer.data };
  const code = first?.extensions?.code ?? null;
  const message = first?.message ?? `The gateway answered ${response.status} and nothing readable.`;
  const again = response.status === 503 || first?.extensions?.retryAfter !== undefined;
  return { failure: new NoAnswer(message, code ?? String(response.status)), again };
}

/** `fetch` keeps what really happened, such as ECONNREFUSED, one level down. */
function reason(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? message;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
