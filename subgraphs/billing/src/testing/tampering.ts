import { newId } from '@comptoir/shared/values/uuid.ts';

/** A small generator of our own, so that a run can be repeated by its seed. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 13), 0x297a2d39) >>> 0;
    return ((mixed ^ (mixed >>> 16)) >>> 0) % below;
  };
}

/** Ids of sealed rows: transactions in the order of the chain. */
export type SealedIds = { ledger_transaction: string[]; ledger_entry: string[]; charge: string[]; invoice: string[] };

export type Tampering = { name: string; sql: string[]; row?: string };

/** Edits that change what a sealed column says, by table. */
export const EDITS: Record<keyof SealedIds, string[]> = {
  ledger_transaction: [
    `type = case type when 'GRANT' then 'PURCHASE' else 'GRANT' end`,
    `reference = coalesce(reference, id::text) || 'x'`,
    `cause = cause || '{"x": "y"}'`,
  ],
  ledger_entry: [
    'amount = amount + 1',
    'amount = -amount',
    `kind = case when book is null then kind else 'SMS' end, book = case when book is null then null else 'issued:SMS' end, amount = amount * 2`,
  ],
  charge: [
    'credits = credits + 1',
    'payer_id = uuidv7()',
    'owner_id = uuidv7()',
    'tracker_id = uuidv7()',
    `occurred_at = occurred_at + '1 microsecond'`,
    `booked_at = booked_at - '1 s'::interval`,
    'key_id = uuidv7()',
  ],
  invoice: [
    'payer_id = uuidv7()',
    `buyer = buyer || '{"x": "y"}'`,
    `issued_at = issued_at + '1 ms'`,
    `reference = reference || 'x'`,
  ],
};

const ID: Record<keyof SealedIds, string> = {
  ledger_transaction: 'id',
  ledger_entry: 'id',
  charge: 'event_id',
  invoice: 'id',
};

/** Everything that `tamper` does. */
export const TAMPERINGS = [
  'edit a transaction',
  'edit an entry',
  'edit a charge',
  'edit an invoice',
  'delete an entry',
  'delete a charge',
  'delete a transaction with all that belongs to it',
  'delete a transaction with its link',
  'add a balanced pair of entries',
  'add a charge',
  'insert a transaction among sealed ones',
  'swap the places of two transactions',
  'move an entry to another transaction',
  'cut the tail, with links and checkpoints',
  'change a link',
  'change what a link says belongs to it',
  'change a checkpoint',
] as const;

/** Past every constraint and trigger: a superuser may switch them off. */
const FREE = `set local session_replication_role = replica`;

/**
 * One of many things that a superuser could do to sealed rows. `row` is the one that a verifier must name, where one
 * can be named.
 */
export function tamper(random: (below: number) => number, ids: SealedIds): Tampering {
  const pick = (table: keyof SealedIds): string => ids[table][random(ids[table].length)] as string;
  const transactions = ids.ledger_transaction;
  const at = random(transactions.length);
  const id = transactions[at] as string;
  const name = TAMPERINGS[random(TAMPERINGS.length)] as (typeof TAMPERINGS)[number];
  const edit = (table: keyof SealedIds, row: string): Tampering => ({
    name,
    row,
    sql: [
      FREE,
      `update billing.${table} set ${EDITS[table][random(EDITS[table].length)]} where ${ID[table]} = '${row}'`,
    ],
  });
  const remove = (table: keyof SealedIds, row: string): Tampering => ({
    name,
    row,
    sql: [FREE, `delete from billing.${table} where ${ID[table]} = '${row}'`],
  });
  const removeAll = (where: string): string[] => [
    `delete from billing.charge_further_lot f using billing.charge c where c.event_id = f.event_id and c.transaction_id ${where}`,
    `delete from billing.charge where transaction_id ${where}`,
    `delete from billing.credit_movement where transaction_id ${where}`,
    `delete from billing.ledger_entry where transaction_id ${where}`,
    `delete from billing.ledger_transaction where id ${where}`,
  ];
  switch (name) {
    case 'edit a transaction':
      return edit('ledger_transaction', id);
    case 'edit an entry':
      return edit('ledger_entry', pick('ledger_entry'));
    case 'edit a charge':
      return edit('charge', pick('charge'));
    case 'edit an invoice':
      return edit('invoice', pick('invoice'));
    case 'delete an entry':
      return remove('ledger_entry', pick('ledger_entry'));
    case 'delete a charge':
      return remove('charge', pick('charge'));
    case 'delete a transaction with all that belongs to it':
      return { name, row: id, sql: [FREE, ...removeAll(`= '${id}'`)] };
    case 'delete a transaction with its link':
      return {
        name,
        sql: [FREE, ...removeAll(`= '${id}'`), `delete from billing.ledger_transaction_link where row_id = '${id}'`],
      };
    case 'add a balanced pair of entries': {
      // The smaller id is the one that is found first, whichever was made first.
      const [one, two] = [newId(), newId()].sort() as [string, string];
      return {
        name,
        row: one,
        sql: [
          `insert into billing.ledger_entry select x.id, t.id, t.booked_at, null, x.book, null, 'TRACKER', x.amount from billing.ledger_transaction t,
             (values ('${one}'::uuid, 'issued:TRACKER', 5), ('${two}', 'consumed:TRACKER', -5)) as x (id, book, amount) where t.id = '${id}'`,
        ],
      };
    }
    case 'add a charge': {
      const event = newId();
      return {
        name,
        row: event,
        sql: [
          `insert into billing.charge (event_id, transaction_id, lot_id, wallet_id, payer_id, owner_id, tracker_id, credits, lot_credits, occurred_at, booked_at)
           select '${event}', transaction_id, lot_id, wallet_id, payer_id, owner_id, tracker_id, credits, lot_credits, occurred_at, booked_at
           from billing.charge where event_id = '${pick('charge')}'`,
        ],
      };
    }
    case 'insert a transaction among sealed ones': {
      const row = newId();
      return {
        name,
        row,
        sql: [
          `insert into billing.ledger_transaction (id, type, booked_at, cause, xid, seq) overriding system value
           select '${row}', type, booked_at, cause, xid, -1 - seq from billing.ledger_transaction where id = '${id}'`,
        ],
      };
    }
    case 'swap the places of two transactions': {
      const other = transactions[(at + 1 + random(transactions.length - 1)) % transactions.length] as string;
      return {
        name,
        row: transactions[Math.min(at, transactions.indexOf(other))] as string,
        sql: [
          'drop index billing.ledger_transaction_in_order',
          'alter table billing.ledger_transaction alter seq set generated by default',
          `update billing.ledger_transaction t set xid = o.xid, seq = o.seq from billing.ledger_transaction o
           where (t.id, o.id) in (('${id}', '${other}'), ('${other}', '${id}'))`,
        ],
      };
    }
    case 'move an entry to another transaction': {
      const entry = pick('ledger_entry');
      return {
        name,
        sql: [
          FREE,
          `update billing.ledger_entry set transaction_id = (select id from billing.ledger_transaction where id <> transaction_id order by id limit 1 offset ${at % 3}) where id = '${entry}'`,
        ],
      };
    }
    case 'cut the tail, with links and checkpoints': {
      const from = at + 1;
      return {
        name,
        sql: [
          FREE,
          ...removeAll(`in (select row_id from billing.ledger_transaction_link where position >= ${from})`),
          `delete from billing.ledger_transaction_link where position >= ${from}`,
          `delete from billing.ledger_transaction_checkpoint where position >= ${from}`,
        ],
      };
    }
    case 'change a link':
      return {
        name,
        row: id,
        sql: [`update billing.ledger_transaction_link set hash = sha256(hash) where row_id = '${id}'`],
      };
    case 'change what a link says belongs to it':
      return {
        name,
        row: id,
        sql: [
          `update billing.ledger_transaction_link set manifest = set_byte(manifest, 20, 255 - get_byte(manifest, 20)) where row_id = '${id}'`,
        ],
      };
    case 'change a checkpoint':
      return {
        name,
        sql: [
          `update billing.ledger_transaction_checkpoint set ${['hash = sha256(hash)', `sealed_at = sealed_at + '1 ms'`, `signature = 'AAAA'`, 'seq = seq + 1'][random(4)]}
           where number = (select number from billing.ledger_transaction_checkpoint order by random() limit 1)`,
        ],
      };
  }
}
