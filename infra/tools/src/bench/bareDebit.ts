export type BareConfig = { adminUrl: string; concurrency: number };
export type BareOrder = { wallets: number; ms: number };
export type BareReport = { debits: number; ms: number };

/**
 * A conditional debit, an event, a ledger row, as one statement and so in one transaction: the least that a charged
 * event can be.
 */
export const BARE_DEBIT = `
  with debit as (
    update bare.wallet set balance = balance - 1 where id = $1 and balance >= 1 returning id
  ), event as (
    insert into bare.event (id, wallet_id, occurred_at) select uuidv7(), id, now() from debit returning id, wallet_id
  )
  insert into bare.ledger (id, wallet_id, event_id, amount) select uuidv7(), wallet_id, id, -1 from event`;
