import { ask, type Door, NoAnswer } from './ask.ts';
import type { DemoEvent } from './day.ts';
import { readBatches } from './dayFile.ts';

/** What became of the events, counted from the answers. */
export type Tally = {
  sent: number;
  calls: number;
  /** Calls beyond the first for the same events. */
  repeatedCalls: number;
  accepted: number;
  replayed: number;
  /**
   * Of the replayed, those in calls that had to be repeated: an attempt that got no answer may have stored them just
   * now, so they may be new or not.
   */
  unsure: number;
  /** By code. */
  refused: Map<string, { events: number; message: string }>;
};

type Result = { outcome: 'ACCEPTED' | 'REPLAYED' | 'REFUSED'; code: string | null; message: string | null };
type Data = { eventsRecord: { results: Result[]; userErrors: { code: string; message: string }[] } };

export type SendOptions = {
  key: Door;
  file: string;
  /** Events per call, at most 1,000. */
  batch: number;
  /** Calls at the same time. */
  pipelineBegin: number;
  /** Told after each call. */
  progress: (tally: Tally) => void;
};

/**
 * Sends the file's events in their order, a few calls at a time. Throws `NoAnswer` when one of them gets no answer in
 * the end; then no further ones begin.
 */
export async function sendDay({ key, file, batch, pipelineBegin, progress }: SendOptions): Promise<Tally> {
  const tally: Tally = { sent: 0, calls: 0, repeatedCalls: 0, accepted: 0, replayed: 0, unsure: 0, refused: new Map() };
  // One reader for all senders: calls of `next` queue up, so each batch goes to exactly one of them.
  const batches = readBatches(file, batch);
  let failed = false;
  async function send(): Promise<void> {
    while (!failed) {
      const next = await batches.next();
      if (next.done) return;
      try {
        const { results, attempts } = await record(key, next.value);
        add(tally, results, attempts);
      } catch (error) {
        failed = true;
        throw error;
      }
      progress(tally);
    }
  }
  const senders = await Promise.allSettled(Array.from({ length: pipelineBegin }, send));
  await batches.return(undefined);
  const failure = senders.find((sender) => sender.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return tally;
}

async function record(key: Door, events: DemoEvent[]): Promise<{ results: Result[]; attempts: number }> {
  const { data, attempts } = await ask<Data>(key, RECORD, { input: { events } });
  const { results, userErrors } = data.eventsRecord;
  const [refusal] = userErrors;
  if (refusal !== undefined) throw new NoAnswer(refusal.message, refusal.code);
  if (results.length !== events.length) {
    throw new Error(`${events.length} events were sent and ${results.length} answered.`);
  }
  return { results, attempts };
}

function add(tally: Tally, results: readonly Result[], attempts: number): void {
  tally.sent += results.length;
  tally.calls += 1;
  tally.repeatedCalls += attempts - 1;
  for (const { outcome, code, message } of results) {
    if (outcome === 'ACCEPTED') tally.accepted += 1;
    if (outcome === 'REPLAYED') {
      tally.replayed += 1;
      if (attempts > 1) tally.unsure += 1;
    }
    if (outcome === 'REFUSED') {
      const reason = code ?? 'UNKNOWN';
      const { events, message: said } = tally.refused.get(reason) ?? { events: 0, message: message ?? '' };
      tally.refused.set(reason, { events: events + 1, message: said });
    }
  }
}

const RECORD = /* GraphQL */ `
  mutation DemoDay($input: EventsRecordInput!) {
    eventsRecord(input: $input) { results { outcome code message } userErrors { code message } }
  }
`;
