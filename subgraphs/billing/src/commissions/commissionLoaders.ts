import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { byId, byKey, manyByKey, pagesByKey } from '@comptoir/shared/database/loaders.ts';
import { inScope } from '@comptoir/shared/database/rowScope.ts';
import type { Context } from '@comptoir/shared/operations/context.ts';
import type { EntityManager } from 'typeorm';
import type { CommissionTerms } from './commission.ts';
import { CommissionTermsTable } from './commissionTables.ts';
import { loadBatches, loadBatchPayouts, loadPayoutAddresses, loadPayoutPages, loadPayoutsOf } from './payoutStore.ts';
import { loadAttributionPages, loadReferrals } from './referralStore.ts';
import { loadLinePages, loadOwed, loadPartnerLinePages, loadStatementPages } from './statementStore.ts';

const READABLE = `select id from unnest($1::uuid[]) as wanted (id) where ${inScope('wanted.id', 'BILLING', 'READ')}`;

/** The loaders of this folder's types and lists. */
export const commissionLoaders = ({ read, now }: Pick<Context<never>, 'read' | 'now'>) => ({
  /** The accounts whose billing the viewer may read, as every policy says. */
  readable: byId(read, (tx, ids): Promise<{ id: string }[]> => tx.query(READABLE, [ids])),
  referral: byKey(read, loadReferrals, ({ partnerId }) => partnerId),
  attributions: pagesByKey(read, loadAttributionPages, ({ partnerId }) => partnerId),
  commissionsOwed: manyByKey(read, loadOwed, ({ partnerId }) => partnerId),
  commissionTerms: byKey(
    read,
    (tx, ids) => loadTerms(tx, ids, now),
    ({ partnerId }) => partnerId,
  ),
  payoutAddress: byKey(read, loadPayoutAddresses, ({ partnerId }) => partnerId),
  commissionStatements: pagesByKey(read, loadStatementPages, ({ partnerId }) => partnerId),
  statementLines: pagesByKey(read, loadLinePages, ({ key }) => key),
  partnerLines: pagesByKey(read, loadPartnerLinePages, ({ key }) => key),
  payoutOfStatement: byKey(read, loadPayoutsOf, ({ statementId }) => statementId),
  commissionBatch: byId(read, loadBatches),
  payoutsOfBatch: manyByKey(read, loadBatchPayouts, ({ batchId }) => batchId),
  payoutPages: pagesByKey(read, loadPayoutPages, ({ batchId }) => batchId),
});

/** The terms that hold for each partner now (`findTerms` for one). */
async function loadTerms(
  tx: EntityManager,
  partnerIds: readonly string[],
  now: Date,
): Promise<(CommissionTerms & { partnerId: string })[]> {
  return await tx.query(
    `select wanted.id as "partnerId", held.* from unnest($1::uuid[]) as wanted (id)
     cross join lateral (
       select ${columnsOf(CommissionTermsTable, 't', ['basisPoints', 'months'])} from commission_terms t
       where (t.partner_id = wanted.id or t.partner_id is null) and t.valid_from <= $2
       order by t.partner_id nulls last, t.valid_from desc, t.seq desc limit 1
     ) as held`,
    [partnerIds, now],
  );
}
