import type { Stream } from '@comptoir/shared/audit/seal.ts';

/**
 * The ledger as it is sealed: transaction by transaction, each together with all that belongs to it and is never
 * changed. The entries; the charges with the lots that paid them; the lots that it opened, but for what they have left;
 * whose wallets it moved; and the invoice or credit note that it books, with its lines. What wallets and lots hold are
 * projections: they follow from this.
 */
export const LEDGER: Stream = {
  name: 'ledger',
  table: 'billing.ledger_transaction',
  columns: ['type', 'reference', 'booked_at', 'cause'],
  parts: [
    {
      table: 'ledger_entry',
      from: 'billing.ledger_entry p where p.transaction_id = r.id',
      id: 'p.id',
      columns: ['p.id', 'p.booked_at', 'p.wallet_id', 'p.book', 'p.lot_id', 'p.kind', 'p.amount'],
    },
    {
      table: 'charge',
      from: 'billing.charge p where p.transaction_id = r.id',
      id: 'p.event_id',
      columns: [
        'p.event_id',
        'p.lot_id',
        'p.wallet_id',
        'p.payer_id',
        'p.owner_id',
        'p.tracker_id',
        'p.key_id',
        'p.credits',
        'p.lot_credits',
        'p.occurred_at',
        'p.booked_at',
      ],
    },
    {
      table: 'charge_further_lot',
      from: 'billing.charge c join billing.charge_further_lot p on p.event_id = c.event_id where c.transaction_id = r.id',
      id: 'p.event_id',
      columns: ['p.event_id', 'p.lot_id', 'p.credits'],
    },
    {
      table: 'lot',
      // What is taken back or released returns to the lot that it came from; whatever else comes into a wallet opens
      // one.
      from: `billing.ledger_entry e join billing.lot p on p.id = e.lot_id
             where e.transaction_id = r.id and e.amount > 0 and r.type not in ('TAKE_BACK', 'RELEASE')`,
      id: 'p.id',
      columns: [
        'p.id',
        'p.wallet_id',
        'p.source',
        'p.priority',
        'p.granted_at',
        'p.expires_at',
        'p.original',
        'p.origin_lot_id',
      ],
    },
    {
      table: 'wallet',
      from: `billing.wallet p where p.id in (select e.wallet_id from billing.ledger_entry e where e.transaction_id = r.id)`,
      id: 'p.id',
      columns: ['p.id', 'p.account_id', 'p.kind', 'p.profile_id', 'p.earmark_id'],
    },
    {
      table: 'invoice',
      from: 'billing.invoice p where p.transaction_id = r.id',
      id: 'p.id',
      columns: [
        'p.id',
        'p.kind',
        'p.number',
        'p.reference',
        'p.corrects_id',
        'p.quote_id',
        'p.subscription_id',
        'p.payer_id',
        'p.profile_id',
        'p.account_id',
        'p.currency',
        'p.issued_at',
        'p.issued_on',
        'p.seller',
        'p.buyer',
        'p.tax_basis_points',
        'p.net',
        'p.tax',
        'p.gross',
      ],
    },
    {
      table: 'invoice_line',
      from: 'billing.invoice i join billing.invoice_line p on p.invoice_id = i.id where i.transaction_id = r.id',
      id: 'p.id',
      columns: [
        'p.id',
        'p.invoice_id',
        'p.position',
        'p.kind',
        'p.description',
        'p.quantity',
        'p.amount',
        'p.from_day',
        'p.to_day',
      ],
    },
    {
      table: 'credit_note_part',
      from: 'billing.invoice i join billing.credit_note_part p on p.credit_note_id = i.id where i.transaction_id = r.id',
      id: 'p.id',
      columns: ['p.id', 'p.credit_note_id', 'p.invoice_id', 'p.tax_basis_points', 'p.net', 'p.tax'],
    },
  ],
  batch: 500,
};
