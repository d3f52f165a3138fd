/** An event as it is sent, the same every time. Without an instant the first sending decides it. */
export type Sent = { eventId: string; trackerId: string; kind: 'SCAN'; occurredAt?: string };

export type Outcome = {
  eventId: string;
  outcome: 'ACCEPTED' | 'REPLAYED' | 'REFUSED';
  code: string | null;
  event: { id: string } | null;
};

/** What is known of one event id from outside: what its sender was told, and how often it was told nothing. */
export type Told = {
  accountId: string;
  trackerId: string;
  accepted: number;
  replayed: number;
  /** NO_CREDIT. */
  refused: number;
  /** Sendings that no one answered, or with an error: each may have taken effect, and may still. */
  unanswered: number;
  /** The ids of the stored event that answers named; two are one too many. */
  ids: Set<string>;
};

export type Record = {
  /** Notes an answer, one outcome per event that was sent. */
  note(accountId: string, sent: readonly Sent[], outcomes: readonly Outcome[]): void;
  noteUnanswered(accountId: string, sent: readonly Sent[]): void;
  /** By the sender's own id, which is unique across all accounts here. */
  events: Map<string, Told>;
  /** Events that were said to be stored, ACCEPTED or REPLAYED. */
  acknowledged(): number;
  refused(): number;
  calls(): number;
  /** Answers that contradict what the schema promises, in words. */
  contradictions: string[];
};

/** Remembers every acknowledgement, to hold it against the database in the end. */
export function newRecord(): Record {
  const events = new Map<string, Told>();
  const contradictions: string[] = [];
  let acknowledged = 0;
  let refused = 0;
  let calls = 0;
  const toldOf = (accountId: string, { eventId, trackerId }: Sent): Told => {
    const known = events.get(eventId);
    if (known !== undefined) return known;
    const fresh = { accountId, trackerId, accepted: 0, replayed: 0, refused: 0, unanswered: 0, ids: new Set<string>() };
    events.set(eventId, fresh);
    return fresh;
  };
  return {
    events,
    contradictions,
    acknowledged: () => acknowledged,
    refused: () => refused,
    calls: () => calls,
    noteUnanswered(accountId, sent) {
      for (const event of sent) toldOf(accountId, event).unanswered += 1;
    },
    note(accountId, sent, outcomes) {
      calls += 1;
      if (outcomes.length !== sent.length) contradictions.push(`${sent.length} events got ${outcomes.length} answers.`);
      for (const [at, event] of sent.entries()) {
        const { eventId, outcome, code, event: stored } = outcomes[at] as Outcome;
        if (eventId !== event.eventId) contradictions.push(`The answer to ${event.eventId} is about ${eventId}.`);
        if (outcome === 'REFUSED') refused += 1;
        else acknowledged += 1;
        const told = toldOf(accountId, event);
        if (stored !== null) told.ids.add(stored.id);
        if (outcome === 'ACCEPTED') told.accepted += 1;
        else if (outcome === 'REPLAYED') told.replayed += 1;
        else if (code === 'NO_CREDIT') told.refused += 1;
        else contradictions.push(`${eventId} was refused with ${code}.`);
      }
    },
  };
}

export type StoredEvent = { id: string; senderKey: string; accountId: string; trackerId: string; charges: number };

/** Where the record and the rows differ, in words. Empty is what was promised. */
export function compare(record: Record, stored: readonly StoredEvent[]): string[] {
  const rows = Map.groupBy(stored, ({ senderKey }) => senderKey);
  const problems = [...record.contradictions];
  for (const [eventId, told] of record.events) {
    const found = rows.get(eventId) ?? [];
    const acknowledged = told.accepted + told.replayed > 0;
    if (found.length > 1) problems.push(`${eventId} is stored ${found.length} times.`);
    if (acknowledged && found.length === 0) problems.push(`${eventId} was acknowledged and is lost.`);
    if (told.accepted > 1) problems.push(`${eventId} was accepted ${told.accepted} times.`);
    // Refused means not stored; only a sending without an answer may have been charged before or after.
    if (!acknowledged && told.unanswered === 0 && found.length > 0)
      problems.push(`${eventId} was only ever refused and is stored.`);
    for (const row of found) {
      if (row.charges !== 1) problems.push(`${eventId} has ${row.charges} charges.`);
      if (row.accountId !== told.accountId || row.trackerId !== told.trackerId)
        problems.push(`${eventId} is stored elsewhere.`);
      for (const id of told.ids) if (id !== row.id) problems.push(`${eventId} was told to be ${id} and is ${row.id}.`);
    }
  }
  for (const senderKey of rows.keys()) {
    if (!record.events.has(senderKey)) problems.push(`${senderKey} is stored and was never sent.`);
  }
  return problems;
}
