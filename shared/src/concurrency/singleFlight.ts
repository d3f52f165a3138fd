import { canonical } from '../values/canonical.ts';
import { Refusal } from '../values/refusal.ts';
import type { Viewer } from '../viewer/viewer.ts';

/** How long the same request waits for the first of it: shorter than anybody waits for an answer. */
const PATIENCE_MS = 4_500;
/** How many of those that waited read their payload at a time: fewer than there are connections. */
const LANES = 3;

export type KeyInUse = Refusal<'IDEMPOTENCY_KEY_IN_USE'>;

const inUse = (): KeyInUse =>
  new Refusal('IDEMPOTENCY_KEY_IN_USE', 'The same request is being worked on. Ask again with the same key.', [
    'input',
    'idempotencyKey',
  ]);

type Crowd = { running: Map<string, Promise<unknown>>; lanes: Promise<unknown>[]; next: number };
const crowds = new WeakMap<object, Crowd>();

/**
 * Lets the same request that comes many times at once run once in this process: the others wait for it and get its
 * answer, without a connection of their own. A thousand retries on one idempotency key thus cannot keep the first of
 * them from the database; when it is done, `afterwards` (what the payload needs to read) runs for a few at a time.
 * Those for whom it takes too long are told that the key is in use. Shared only by requests of the same viewer with the
 * same input; everybody else meets at the key's lock in the database. `where` is the installation, such as its
 * configuration.
 */
export async function singleFlight<Outcome>(
  where: object,
  viewer: Viewer,
  what: { mutation: string; input: object },
  { work, afterwards }: { work: () => Promise<Outcome>; afterwards: (outcome: Outcome) => Promise<unknown> },
): Promise<Outcome | KeyInUse> {
  const crowd = crowdOf(where);
  // Two requests of a viewer differ in their own id only.
  const name = canonical({ ...what, viewer: { ...viewer, requestId: null } });
  const first = crowd.running.get(name) as Promise<Outcome> | undefined;
  if (first !== undefined) return await join(crowd, first, afterwards);
  const flight = work();
  crowd.running.set(name, flight);
  try {
    return await flight;
  } finally {
    crowd.running.delete(name);
  }
}

async function join<Outcome>(
  crowd: Crowd,
  first: Promise<Outcome>,
  afterwards: (outcome: Outcome) => Promise<unknown>,
): Promise<Outcome | KeyInUse> {
  const until = performance.now() + PATIENCE_MS;
  const outcome = await inTime(first, PATIENCE_MS);
  if (outcome === null) return inUse();
  const lane = crowd.next;
  crowd.next = (lane + 1) % LANES;
  const turn = (crowd.lanes[lane] as Promise<unknown>).then(async () => {
    if (performance.now() > until) return false;
    await afterwards(outcome.value);
    return true;
  });
  crowd.lanes[lane] = turn.catch(() => undefined);
  return (await turn) ? outcome.value : inUse();
}

/** What comes of a promise, if it comes in time. */
async function inTime<T>(promise: Promise<T>, ms: number): Promise<{ value: T } | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ms, null);
  });
  try {
    return await Promise.race([promise.then((value) => ({ value })), late]);
  } finally {
    clearTimeout(timer);
  }
}

function crowdOf(where: object): Crowd {
  const known = crowds.get(where);
  if (known !== undefined) return known;
  const fresh: Crowd = { running: new Map(), lanes: Array.from({ length: LANES }, () => Promise.resolve()), next: 0 };
  crowds.set(where, fresh);
  return fresh;
}
