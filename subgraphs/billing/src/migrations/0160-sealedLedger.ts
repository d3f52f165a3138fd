import { sealTables } from '@comptoir/shared/audit/sealMigration.ts';
import { migration } from '@comptoir/shared/database/migration.ts';

const system = 'comptoir_billing_system';

/** Ledger transactions are sealed in their order. */
export const sealedLedger = migration(
  160,
  'SealedLedger',
  `
  -- The order in which transactions are sealed. Their entries, charges, lots and wallets are sealed with them and need no place of their own: charging
  -- pays two columns and one index per transaction, not per event.
  alter table ledger_transaction
    add column xid xid8 not null default pg_current_xact_id(),
    add column seq bigint not null generated always as identity;
  create unique index ledger_transaction_in_order on ledger_transaction (xid, seq);

  ${sealTables('ledger_transaction', system, true)}
  `,
);
