import { migration } from '@comptoir/shared/database/migration.ts';

/** What a key with a budget buys and allocates counts against it as what its events consume does (N11). */
export const keySpending = migration(
  223,
  'KeySpending',
  `
  -- The key with a budget that commits the quote; null when it was a person, or a key without one, and again when its payment came to nothing.
  alter table quote add column api_key_id uuid check (api_key_id is null or state in ('PAYING', 'COMMITTED'));
  create index quote_of_api_key on quote (api_key_id) where api_key_id is not null;
  grant update (api_key_id) on quote to comptoir_billing_system;
  `,
);
