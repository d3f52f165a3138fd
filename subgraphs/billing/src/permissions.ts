import {
  allow,
  known,
  member,
  type Permissions,
  requires,
  requiresStaff,
  service,
} from '@comptoir/shared/permissions.ts';

/** Who may call what. Whose rows they see is decided by the database's policies. */
export const permissions: Permissions = {
  Query: {
    _service: service('gateway'),
    _entities: allow,
    wallet: requires('BILLING', 'READ'),
    internalWalletPlace: service('identity'),
    ledgerCheck: requiresStaff('BILLING', 'READ'),
  },
  Mutation: {
    creditsGrant: requiresStaff('BILLING', 'WRITE'),
    internalWalletsOpen: service('identity'),
    internalChargesApply: service('trackers'),
  },

  // `_entities` reaches types without passing a Query field, so every type carries its own rule. An account is only referred to here.
  Account: { '*': member, wallets: requires('BILLING', 'READ') },
  Wallet: requires('BILLING', 'READ'),
  Lot: requires('BILLING', 'READ'),
  LotConnection: requires('BILLING', 'READ'),
  LotEdge: requires('BILLING', 'READ'),
  LedgerEntry: requires('BILLING', 'READ'),
  LedgerEntryConnection: requires('BILLING', 'READ'),
  LedgerEntryEdge: requires('BILLING', 'READ'),
  Charge: requires('BILLING', 'READ'),
  // As in identity: seen with SECURITY, and by the key itself; `maySeeKey` asks.
  ApiKey: known,
  LedgerCheck: requiresStaff('BILLING', 'READ'),
  LedgerProblem: requiresStaff('BILLING', 'READ'),
  LedgerKindTotals: requiresStaff('BILLING', 'READ'),

  CreditsGrantPayload: allow,
  CreditsGrantUserError: allow,
  InternalWalletsOpenPayload: allow,
  InternalChargesApplyPayload: allow,
  InternalChargeResult: allow,
  AreaGrant: allow,
  Money: allow,
  InternalWalletPlace: service('identity'),
  PageInfo: allow,
  _Service: allow,
};
