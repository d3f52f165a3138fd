import { migration } from '@comptoir/shared/database/migration.ts';

/** Since when there is a wallet (N08): before, nobody could reach it. */
export const walletsOpened = migration(
  340,
  'WalletsOpened',
  `
  -- Of wallets from before this migration: when they first held something, or else when their id was made.
  alter table wallet add column opened_at timestamptz;
  update wallet w set opened_at = coalesce(
    least((select min(l.granted_at) from lot l where l.wallet_id = w.id), (select min(e.booked_at) from ledger_entry e where e.wallet_id = w.id)),
    uuid_extract_timestamp(w.id), access.instant());
  alter table wallet alter column opened_at set default access.instant(), alter column opened_at set not null;
  `,
);
