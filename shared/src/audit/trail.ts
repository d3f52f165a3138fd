import pg from 'pg';
import type { EntityManager } from 'typeorm';
import { Refusal } from '../values/refusal.ts';
import { newId, readId } from '../values/uuid.ts';
import { personOf, type Viewer } from '../viewer/viewer.ts';

/**
 * The audit trail (spec P): who, as whom, what, why, from where, with which decision. Every mutation of every subgraph
 * writes its row in the transaction of the change, by `context.ts`; no one calls this by hand. Ids only: no names, no
 * e-mails, no secrets, no texts of the input but the reason that was given.
 */
export type TrailDecision =
  /** It took effect; the row stands in the same transaction. */
  | 'DONE'
  /** A preview-only key tried it; nothing of it remains (N11). */
  | 'PREVIEWED'
  /** A rule of business said no: `code` and `rule` say which. */
  | 'REFUSED'
  /** "May not": the id of the row is the decision id that the caller was given. */
  | 'DENIED'
  /** Staff saw rows of these accounts. */
  | 'READ'
  | 'EXPLAINED';

/**
 * What a mutation adds to its rows when neither viewer nor input tell: who somebody turned out to be, whom it concerns.
 */
export type TrailNote = {
  userId?: string;
  accountId?: string;
  sessionId?: string;
  keyId?: string;
  /** Accounts that are concerned besides the acting one. */
  accounts?: readonly string[];
  /** As 'emailHash:…'. */
  subjects?: readonly string[];
  reason?: string;
};

export type TrailEntry = {
  id?: string;
  decision: TrailDecision;
  action: string;
  step?: string | null;
  code?: string | null;
  rule?: string | null;
  note?: TrailNote;
};

/** Most ids that one row names; a mutation on more is found by its request id in what it changed. */
const MAX_SUBJECTS = 50;
const MAX_REASON_LENGTH = 500;

/**
 * The SQL that adds rows for what this viewer did at this instant. A whole statement with its values in it, so that it
 * can travel with a COMMIT.
 */
export function trailSql(done: readonly { entry: TrailEntry; viewer: Viewer; now: Date }[]): string {
  const rows = JSON.stringify(done.map(({ entry, viewer, now }) => row(entry, viewer, now)));
  return `select access.trail_add(${pg.escapeLiteral(rows)}::jsonb)`;
}

/** Adds rows in a transaction that is open. */
export async function addToTrail(
  tx: EntityManager,
  entries: readonly TrailEntry[],
  viewer: Viewer,
  now: Date,
): Promise<void> {
  const rows = JSON.stringify(entries.map((entry) => row(entry, viewer, now)));
  if (entries.length > 0) await tx.query('select access.trail_add($1::jsonb)', [rows]);
}

function row({ id = newId(), decision, action, step, code, rule, note = {} }: TrailEntry, viewer: Viewer, now: Date) {
  const acting = viewer.kind === 'PERSON' || viewer.kind === 'KEY' ? viewer : null;
  return {
    id,
    at: now.toISOString(),
    decision,
    action: action.slice(0, 200),
    step: step ?? null,
    code: code ?? null,
    rule: rule ?? null,
    reason: note.reason === undefined ? null : storable(note.reason, MAX_REASON_LENGTH),
    user_id: personOf(viewer) ?? note.userId ?? null,
    key_id: viewer.kind === 'KEY' ? viewer.keyId : (note.keyId ?? null),
    session_id:
      viewer.kind === 'PERSON' || viewer.kind === 'ANONYMOUS' ? (viewer.sessionId ?? note.sessionId ?? null) : null,
    by_service: viewer.kind === 'SERVICE' ? viewer.service : null,
    account_id: acting?.accountId ?? note.accountId ?? null,
    actors: acting?.actors ?? [],
    accounts: [...new Set(note.accounts ?? [])],
    subjects: [...new Set(note.subjects ?? [])].slice(0, MAX_SUBJECTS),
    address: viewer.address,
    request_id: storable(viewer.requestId, 200),
  };
}

/**
 * The text as PostgreSQL takes it, whatever the caller sent: without the zero character, and without half of a pair.
 */
const storable = (text: string, longest: number): string => text.replaceAll('\0', '').slice(0, longest).toWellFormed();

/** Columns and fields whose value is an account that a row concerns. */
const ACCOUNT_FIELDS = ['accountId', 'clientId', 'partnerId', 'payerId', 'ownerId'] as const;

/**
 * What an input says for the trail: its ids by their names, the accounts among them, the reason that was given. Nothing
 * that is no id is kept.
 */
export function noteOfInput(args: unknown): TrailNote {
  const input = fieldsOf(fieldsOf(args)?.input);
  if (input === null) return {};
  const subjects: string[] = [];
  const accounts: string[] = [];
  for (const [name, value] of Object.entries(input)) {
    const ids = /Ids?$/.test(name) ? (Array.isArray(value) ? value : [value]).flatMap(asId) : [];
    subjects.push(...ids.map((id) => `${name.replace(/Ids$/, 'Id')}:${id}`));
    if (isAccountField(name)) accounts.push(...ids);
  }
  const reason = input.reason;
  return { subjects, accounts, ...(typeof reason === 'string' && reason !== '' ? { reason } : {}) };
}

/**
 * What the outcome of a transaction says: the ids of the rows that it gives back, and whose they are. Looks at the
 * outcome, at the members of a list, and one level into an object. Of a session that was opened it says whose it is and
 * for which account, not where else that person is a member.
 */
export function noteOfOutcome(outcome: unknown): TrailNote {
  const subjects: string[] = [];
  const accounts: string[] = [];
  let session: TrailNote = {};
  const look = (value: unknown, name: string, deep: boolean): void => {
    if (Array.isArray(value)) {
      for (const member of value.slice(0, MAX_SUBJECTS)) look(member, name, deep);
      return;
    }
    const fields = fieldsOf(value);
    if (fields === null) return;
    const [userId] = asId(fields.userId);
    const [sessionId] = asId(fields.sessionId);
    if (userId !== undefined && sessionId !== undefined) {
      const [accountId] = asId(fieldsOf(fields.chosen)?.accountId);
      session = { userId, sessionId, ...(accountId === undefined ? {} : { accountId }) };
      return;
    }
    for (const id of asId(fields.id)) subjects.push(`${name}:${id}`);
    for (const field of ACCOUNT_FIELDS) accounts.push(...asId(fields[field]));
    if (deep) for (const [inner, one] of Object.entries(fields)) look(one, `${inner}Id`, false);
  };
  look(outcome, 'id', true);
  return { ...session, subjects, accounts };
}

/**
 * The accounts whose rows a read gave, for the trail of what staff saw. `accountOf` knows rows that are an account
 * themselves.
 */
export function accountsIn(result: unknown, accountOf: (row: Record<string, unknown>) => string | null): string[] {
  const rows = Array.isArray(result) ? result : [result];
  return rows.flatMap((value) => {
    const fields = fieldsOf(value);
    if (fields === null) return [];
    return [...asId(accountOf(fields)), ...ACCOUNT_FIELDS.flatMap((name) => asId(fields[name]))];
  });
}

export function mergeNotes(...notes: readonly TrailNote[]): TrailNote {
  return {
    ...Object.assign({}, ...notes),
    accounts: notes.flatMap(({ accounts }) => accounts ?? []),
    subjects: notes.flatMap(({ subjects }) => subjects ?? []),
  };
}

const asId = (value: unknown): string[] => {
  const id = typeof value === 'string' ? readId(value) : null;
  return id === null ? [] : [id];
};

const isAccountField = (name: string): boolean =>
  (ACCOUNT_FIELDS as readonly string[]).includes(name) || name === 'accountIds';

function fieldsOf(value: unknown): Record<string, unknown> | null {
  const plain = typeof value === 'object' && value !== null && !(value instanceof Date) && !(value instanceof Refusal);
  return plain ? (value as Record<string, unknown>) : null;
}
