import { migration } from '@comptoir/shared/database/migration.ts';

/** The ledger takes money, of each currency as a kind of its own, and everything that happens to money and credits. */
export const books = migration(
  100,
  'Books',
  `
  -- Prepaid money belongs to a billing profile, and may be kept for one account of those that the profile pays for.
  alter table wallet
    drop constraint wallet_kind_check,
    drop constraint wallet_account_id_kind_key,
    add column profile_id uuid,
    add column earmark_id uuid,
    add constraint wallet_kind check (kind ~ '^(TRACKER|SMS|INBOX_PREVIEW|MONEY:[A-Z]{3})$'),
    add constraint wallet_of_profile check ((profile_id is not null) = starts_with(kind, 'MONEY:')),
    add constraint wallet_earmarked check (earmark_id is null or profile_id is not null);
  create unique index wallet_of_kind on wallet (account_id, kind, profile_id, earmark_id) nulls not distinct;
  create index wallet_of_profile on wallet (profile_id) where profile_id is not null;

  -- Credits that were allocated remember the lot that they came from: taken back, they return to it.
  alter table lot add column origin_lot_id uuid references lot (id);
  create index lot_of_origin on lot (origin_lot_id) where origin_lot_id is not null;

  alter table ledger_transaction
    drop constraint ledger_transaction_type_check,
    add constraint ledger_transaction_type check (type in (
      'GRANT', 'CHARGE', 'EXPIRE', 'PURCHASE', 'ALLOCATE', 'TAKE_BACK', 'TOP_UP', 'HOLD', 'RELEASE', 'INVOICE', 'PAYMENT', 'CREDIT_NOTE',
      'COMMISSION', 'COMMISSION_REVERSAL', 'PAYOUT'));
  `,
);
