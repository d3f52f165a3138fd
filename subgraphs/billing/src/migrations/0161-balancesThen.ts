import { migration } from '@comptoir/shared/database/migration.ts';

const request = 'comptoir_billing';
const system = 'comptoir_billing_system';

/** What a wallet held at any instant of the past. */
export const balancesThen = migration(
  161,
  'BalancesThen',
  `
  -- What each lot of a wallet had left just before an instant, so that a balance of long ago is a few additions away. A projection: made for a wallet after every
  -- thousand sealed entries, thrown away when an earlier entry comes late, and compared with the entries by a check.
  create table wallet_snapshot (
    wallet_id uuid not null references wallet (id),
    -- Entries before it are in, entries at it are not.
    before timestamptz not null,
    lot_ids uuid[] not null,
    remaining bigint[] not null check (cardinality(remaining) = cardinality(lot_ids)),
    primary key (wallet_id, before)
  );
  -- How many entries of a wallet were sealed since its last snapshot.
  create table wallet_snapshot_due (
    wallet_id uuid primary key references wallet (id),
    entries bigint not null check (entries >= 0)
  );
  -- Up to which place of the sealed chain entries have been counted.
  create table wallet_snapshot_progress (
    one boolean primary key default true check (one),
    position bigint not null
  );
  insert into wallet_snapshot_progress (position) values (0);

  -- The index of a wallet's history carries what a balance is added up from, so that no row is fetched for it.
  drop index ledger_entry_of_wallet;
  create index ledger_entry_of_wallet on ledger_entry (wallet_id, booked_at desc, id desc) include (lot_id, amount) where wallet_id is not null;

  grant select on wallet_snapshot to ${request};
  grant select, insert, delete on wallet_snapshot to ${system};
  grant select, insert, update (entries) on wallet_snapshot_due to ${system};
  grant select, update (position) on wallet_snapshot_progress to ${system};
  alter table wallet_snapshot enable row level security;
  alter table wallet_snapshot_due enable row level security;
  alter table wallet_snapshot_progress enable row level security;
  create policy seen on wallet_snapshot for select to ${request} using ((select true from wallet w where w.id = wallet_snapshot.wallet_id));
  create policy system on wallet_snapshot to ${system} using (true) with check (true);
  create policy system on wallet_snapshot_due to ${system} using (true) with check (true);
  create policy system on wallet_snapshot_progress to ${system} using (true) with check (true);
  `,
);
