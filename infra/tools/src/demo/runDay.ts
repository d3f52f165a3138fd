import type { Demo } from '@comptoir/launch/demo/demo.ts';
import { ask, type Door, NoAnswer } from './ask.ts';
import { paidBetween, readBooks } from './books.ts';
import { dayOfEvents } from './day.ts';
import { dayFile, writeDay } from './dayFile.ts';
import { type Fleet, loadFleet } from './fleet.ts';
import { sendDay, type Tally } from './sendDay.ts';
import { type Verdict, verdictOf } from './verdict.ts';

export type RunOptions = {
  /** The gateway's, without `/graphql`. */
  url: string;
  demo: Demo;
  /** Where the day's file is kept. */
  home: string;
  seed: number;
  events: number;
  /** Events per call. */
  batch: number;
  /** The end of the day: at most six days ago, and not ahead. */
  end: Date;
  /** Told once, before the first event is sent, which waits for it. */
  begins: (fleet: Fleet, file: string) => void | Promise<void>;
  progress: (tally: Tally) => void;
};

export type RunOutcome = { tally: Tally; paid: ReturnType<typeof paidBetween>; verdict: Verdict };

const CALLS_AT_ONCE = 4;
const DAY_MS = 86_400_000;

/**
 * Sends a day of events through the gateway with the demo's key, and compares what the answers said with the books
 * before and after. Running it again is safe: what is stored is replayed. Throws `NoAnswer` when the gateway stops
 * answering or lets the demo's key or staff no longer in.
 */
export async function runDay(options: RunOptions): Promise<RunOutcome> {
  const { url, demo, home, seed, events, batch, end, begins, progress } = options;
  const key: Door = { url, token: demo.key.secret };
  const fleet = await loadFleet(key);
  const trackers = fleet.clients.flatMap((client) => client.trackers);
  if (trackers.length === 0) throw new Error('The clients have no trackers: there is nothing to scan.');
  const file = dayFile(home, seed);
  await writeDay(file, dayOfEvents({ seed, trackers, events, end }));

  const books = async () => {
    // Each time anew: sending may outlast a token's ten minutes.
    const staff = await logIn(url, demo);
    try {
      const accounts = [fleet.partner, ...fleet.clients];
      const from = new Date(end.getTime() - DAY_MS);
      return await readBooks({ key, staff, accounts, partnerId: fleet.partner.id, from, to: end });
    } finally {
      await ask(staff, 'mutation { sessionEnd { sessionId } }');
    }
  };
  const before = await books();
  await begins(fleet, file);
  const tally = await sendDay({ key, file, batch, pipelineBegin: CALLS_AT_ONCE, progress });
  const after = await books();
  return { tally, paid: paidBetween(before, after), verdict: verdictOf(tally, before, after) };
}

async function logIn(url: string, { people, password }: Demo): Promise<Door> {
  type Data = {
    sessionCreate: { session: { accessToken: string } | null; userErrors: { code: string; message: string }[] };
  };
  const email = people.find(({ who }) => who.startsWith('staff'))?.email;
  const { data } = await ask<Data>({ url, token: null }, LOG_IN, { input: { email, password } });
  const { session, userErrors } = data.sessionCreate;
  if (session !== null) return { url, token: session.accessToken };
  throw new NoAnswer(`${email} cannot log in: ${userErrors[0]?.message}`, userErrors[0]?.code ?? null);
}

const LOG_IN = /* GraphQL */ `
  mutation DemoLogIn($input: SessionCreateInput!) {
    sessionCreate(input: $input) { session { accessToken } userErrors { code message } }
  }
`;
