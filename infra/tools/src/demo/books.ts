import { ask, type Door } from './ask.ts';
import type { NamedAccount } from './fleet.ts';

/** What one payer paid for, and what it has left. */
export type Payer = NamedAccount & { events: number; credits: number; balance: number | null };

/** What the graph says of credits at one moment, from three sides that are kept apart: event rows, wallets, ledger. */
export type Books = {
  /** By id of the payer; the events of the clients' trackers within the day. */
  payers: Map<string, Payer>;
  ledger: { sound: boolean; problems: { check: string; detail: string }[]; consumed: number };
};

export type BooksOptions = {
  /** The partner's key. */
  key: Door;
  /** The provider's staff, who alone may check the ledger. */
  staff: Door;
  /** All of them, the partner too. */
  accounts: readonly NamedAccount[];
  partnerId: string;
  from: Date;
  to: Date;
};

type AccountBooks = {
  wallets: { kind: string; balance: number }[] | null;
  consumption: { payer: NamedAccount | null; events: number; credits: number }[];
};
type LedgerCheck = Omit<Books['ledger'], 'consumed'> & { kinds: { kind: string; consumed: number }[] };

/** Reads all three. Nothing may be recorded meanwhile, or they differ by it. */
export async function readBooks({ key, staff, accounts, partnerId, from, to }: BooksOptions): Promise<Books> {
  const payers = new Map<string, Payer>(
    accounts.map(({ id, name }) => [id, { id, name, events: 0, credits: 0, balance: null }]),
  );
  const window = { from: from.toISOString(), to: to.toISOString() };
  for (const { id } of accounts) {
    const { account } = (await ask<{ account: AccountBooks }>(key, ACCOUNT, { id, ...window })).data;
    const own = payers.get(id) as Payer;
    own.balance = account.wallets?.find(({ kind }) => kind === 'TRACKER')?.balance ?? null;
    // The partner's own list repeats what it paid for its clients, which stands in theirs.
    if (id === partnerId) continue;
    for (const { payer, events, credits } of account.consumption) {
      const { id: payerId, name } = payer ?? { id: '', name: '(an account that the partner may not see)' };
      const known = payers.get(payerId) ?? { id: payerId, name, events: 0, credits: 0, balance: null };
      payers.set(payerId, { ...known, events: known.events + events, credits: known.credits + credits });
    }
  }
  const { ledgerCheck } = (await ask<{ ledgerCheck: LedgerCheck }>(staff, LEDGER)).data;
  const consumed = ledgerCheck.kinds.find(({ kind }) => kind === 'TRACKER')?.consumed ?? 0;
  return { payers, ledger: { sound: ledgerCheck.sound, problems: ledgerCheck.problems, consumed } };
}

/** How much more was paid at `after` than at `before`, per payer; anyone who paid nothing is there with 0. */
export function paidBetween(before: Books, after: Books): Payer[] {
  return [...after.payers.values()].map((payer) => {
    const earlier = before.payers.get(payer.id);
    return {
      ...payer,
      events: payer.events - (earlier?.events ?? 0),
      credits: payer.credits - (earlier?.credits ?? 0),
    };
  });
}

/** How much less all wallets hold together; null when one of them is out of sight. */
export function spentBetween(before: Books, after: Books): number | null {
  let spent = 0;
  for (const { id, balance, credits } of after.payers.values()) {
    const earlier = before.payers.get(id)?.balance ?? null;
    if (balance !== null && earlier !== null) spent += earlier - balance;
    else if (credits > 0) return null;
  }
  return spent;
}

const ACCOUNT = /* GraphQL */ `
  query DemoBooks($id: ID!, $from: DateTime!, $to: DateTime!) {
    account(id: $id) {
      wallets { kind balance }
      consumption(from: $from, to: $to) { payer { id name } events credits }
    }
  }
`;
const LEDGER = '{ ledgerCheck { sound problems { check detail } kinds { kind consumed } } }';
