import { AccountCancelledTable, AccountZoneTable, ReachTable } from '@comptoir/shared/database/accessTables.ts';
import { IdempotencyKeyTable } from '@comptoir/shared/operations/idempotencyTable.ts';
import { AccountTable } from './accounts/accountTables.ts';
import { BranchTable } from './branches/branchTables.ts';
import { ConversionTable } from './conversions/conversionTables.ts';
import { PartnershipTable } from './partnerships/partnershipTables.ts';

/** All tables of accounts, and those of the schema `access` that it writes. */
export const entities = [
  AccountTable,
  BranchTable,
  PartnershipTable,
  ConversionTable,
  IdempotencyKeyTable,
  ReachTable,
  AccountZoneTable,
  AccountCancelledTable,
];
