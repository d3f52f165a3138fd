import type { JobHandler } from '@comptoir/shared/jobs.ts';
import type { JobContext } from '@comptoir/shared/localSubgraph.ts';

const ACCOUNT_OPEN = /* GraphQL */ `
  mutation AccountOpen($input: InternalAccountOpenInput!) {
    internalAccountOpen(input: $input) { accountId }
  }
`;
const WALLETS_OPEN = /* GraphQL */ `
  mutation WalletsOpen($input: InternalWalletsOpenInput!) {
    internalWalletsOpen(input: $input) { accountId }
  }
`;
const REFERRAL_ATTRIBUTE = /* GraphQL */ `
  mutation ReferralAttribute($input: InternalReferralAttributeInput!) {
    internalReferralAttribute(input: $input) { accountId }
  }
`;

/**
 * Opens what belongs to a new account elsewhere: the account itself, then its wallet with the free credits of a self-sign-up (U14), and who brought it (A74). Each step
 * is idempotent by the account's id, so the job may be killed anywhere and come again.
 */
export const accountOpen =
  ({ system, call }: JobContext): JobHandler =>
  async ({ membershipId, linkId }, jobId) => {
    const opening = await system(jobId, async (tx) => {
      const [row] = await tx.query(
        `select m.account_id as id, l.account_name as name, l.referral_code as code from membership m, link l where m.id = $1 and l.id = $2 and not m.account_ready`,
        [membershipId, linkId],
      );
      return row as { id: string; name: string; code: string | null } | undefined;
    });
    if (opening === undefined) return;
    await call('accounts', ACCOUNT_OPEN, { input: { id: opening.id, name: opening.name, kind: 'CLIENT' } }, jobId);
    await call('billing', WALLETS_OPEN, { input: { accountId: opening.id, grant: true } }, jobId);
    const { id: accountId, code } = opening;
    if (code !== null) await call('billing', REFERRAL_ATTRIBUTE, { input: { accountId, code } }, jobId);
    await system(jobId, (tx) => tx.query('update membership set account_ready = true where id = $1', [membershipId]));
  };
