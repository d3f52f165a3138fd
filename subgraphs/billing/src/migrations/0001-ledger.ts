import { migration } from '@comptoir/shared/database/migration.ts';
import { admitted, inScope } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_billing';
const system = 'comptoir_billing_system';

/** The largest amount that an answer can carry as a number (SafeInt). No balance grows beyond it. */
const MOST = '9007199254740991';

/**
 * True when the viewer may see the wallet of a row: the wallet's own policy decides. A scalar subquery is looked up by
 * key, row by row; `exists` might be planned as a hash of every wallet that the viewer may see.
 */
const ofVisibleWallet = (column: string): string => `(select true from wallet w where w.id = ${column})`;

/** Wallets, lots, and the ledger of what was booked on them. */
export const ledger = migration(
  1,
  'Ledger',
  `
  create table wallet (
    id uuid primary key,
    account_id uuid not null,
    kind text not null check (kind in ('MONEY', 'TRACKER', 'SMS', 'INBOX_PREVIEW')),
    balance bigint not null check (balance between 0 and ${MOST}),
    unique (account_id, kind),
    unique (id, kind)
  );

  create table lot (
    id uuid primary key,
    wallet_id uuid not null references wallet (id),
    source text not null check (source in ('GRANTED', 'PURCHASED')),
    priority smallint not null,
    granted_at timestamptz not null,
    expires_at timestamptz check (expires_at > granted_at),
    original bigint not null check (original between 1 and ${MOST}),
    remaining bigint not null check (remaining between 0 and original),
    unique (id, wallet_id)
  );
  create index lot_of_wallet on lot (wallet_id, granted_at desc, id desc);
  create index lot_with_credit on lot (wallet_id) where remaining > 0;

  create table ledger_transaction (
    id uuid primary key,
    type text not null check (type in ('GRANT', 'CHARGE')),
    -- What may happen only once carries a reference: the database takes no second one.
    reference text unique check (length(reference) between 1 and 200),
    booked_at timestamptz not null,
    -- Ids of what led to it; never a name or an e-mail, so that erasing a person touches no book.
    cause jsonb not null check (jsonb_typeof(cause) = 'object'),
    unique (id, booked_at)
  );

  create table ledger_entry (
    id uuid primary key,
    transaction_id uuid not null,
    booked_at timestamptz not null,
    -- Either a wallet or one of our own books, such as issued:TRACKER and consumed:TRACKER.
    wallet_id uuid,
    book text check (book ~ ('^[a-z-]{1,40}:' || kind || '$')),
    lot_id uuid,
    kind text not null,
    amount bigint not null check (amount <> 0),
    check (num_nonnulls(wallet_id, book) = 1),
    check (lot_id is null or wallet_id is not null),
    foreign key (transaction_id, booked_at) references ledger_transaction (id, booked_at),
    foreign key (wallet_id, kind) references wallet (id, kind),
    foreign key (lot_id, wallet_id) references lot (id, wallet_id)
  );
  create index ledger_entry_of_transaction on ledger_entry (transaction_id);
  create index ledger_entry_of_wallet on ledger_entry (wallet_id, booked_at desc, id desc) where wallet_id is not null;

  -- Asked when the transaction commits, once per new entry: by then every entry of a ledger transaction is there.
  create function ledger_entry_sums_to_zero() returns trigger language plpgsql set search_path from current as $$
  begin
    if exists (select from ledger_entry e where e.transaction_id = new.transaction_id group by e.kind having sum(e.amount) <> 0) then
      raise check_violation using message = format('The ledger transaction %s does not sum to zero per kind.', new.transaction_id);
    end if;
    return null;
  end $$;
  create constraint trigger sums_to_zero after insert on ledger_entry
    deferrable initially deferred for each row execute function ledger_entry_sums_to_zero();

  -- No foreign keys to accounts, trackers and events: they are rows of other subgraphs.
  create table charge (
    event_id uuid primary key,
    transaction_id uuid not null references ledger_transaction (id),
    lot_id uuid not null,
    wallet_id uuid not null,
    payer_id uuid not null,
    owner_id uuid not null,
    tracker_id uuid not null,
    credits bigint not null check (credits between 1 and ${MOST}),
    -- What \`lot_id\` paid of it: all, unless charge_further_lot has rows.
    lot_credits bigint not null check (lot_credits between 1 and credits),
    occurred_at timestamptz not null,
    booked_at timestamptz not null,
    foreign key (lot_id, wallet_id) references lot (id, wallet_id)
  );
  create index charge_of_transaction on charge (transaction_id, lot_id);

  -- The other lots of a charge that one lot could not pay alone: rare, since an event costs a credit or two.
  create table charge_further_lot (
    event_id uuid not null references charge (event_id),
    lot_id uuid not null references lot (id),
    credits bigint not null check (credits > 0),
    primary key (event_id, lot_id)
  );

  -- What a key did, remembered with its input and answer in the transaction that did it. Keys are per account.
  create table idempotency_key (
    account_id uuid not null,
    key text not null check (length(key) between 1 and 200),
    input_hash bytea not null,
    answer jsonb not null,
    used_at timestamptz not null,
    primary key (account_id, key)
  );
  grant select, insert on idempotency_key to ${system};
  alter table idempotency_key enable row level security;
  create policy system on idempotency_key to ${system} using (true) with check (true);

  -- Requests only read. The books are append-only for both roles; of wallets and lots only the projections move.
  grant select on wallet, lot, ledger_transaction, ledger_entry, charge, charge_further_lot to ${request}, ${system};
  grant insert on wallet, lot, ledger_transaction, ledger_entry, charge, charge_further_lot to ${system};
  grant update (balance) on wallet to ${system};
  grant update (remaining) on lot to ${system};

  alter table wallet enable row level security;
  create policy seen on wallet for select to ${request} using (${inScope('wallet.account_id', 'BILLING', 'READ')});
  create policy system on wallet to ${system} using (true) with check (true);

  alter table lot enable row level security;
  create policy seen on lot for select to ${request} using (${ofVisibleWallet('lot.wallet_id')});
  create policy system on lot to ${system} using (true) with check (true);

  -- An entry of one of our own books has no wallet and is nobody's.
  alter table ledger_entry enable row level security;
  create policy seen on ledger_entry for select to ${request} using (${ofVisibleWallet('ledger_entry.wallet_id')});
  create policy system on ledger_entry to ${system} using (true) with check (true);

  alter table ledger_transaction enable row level security;
  create policy seen on ledger_transaction for select to ${request} using (
    (select true from ledger_entry e where e.transaction_id = ledger_transaction.id limit 1));
  create policy system on ledger_transaction to ${system} using (true) with check (true);

  -- Who pays sees the charge as it sees the wallet; whose tracker it is sees what was charged for it, and by row-level security not the payer's lots.
  alter table charge enable row level security;
  create policy seen on charge for select to ${request} using (
    ${inScope('charge.payer_id', 'BILLING', 'READ')}
    or (charge.owner_id = (select access.viewer_account()) and ${admitted('charge.owner_id')}));
  create policy system on charge to ${system} using (true) with check (true);

  alter table charge_further_lot enable row level security;
  create policy seen on charge_further_lot for select to ${request} using (
    (select true from charge c where c.event_id = charge_further_lot.event_id) and (select true from lot l where l.id = charge_further_lot.lot_id));
  create policy system on charge_further_lot to ${system} using (true) with check (true);
  `,
);
