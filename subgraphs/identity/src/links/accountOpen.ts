import type { Work } from '@comptoir/shared/database/transaction.ts';
import type { JobContext, JobHandler } from '@comptoir/shared/jobs/jobs.ts';
import type { CallService } from '@comptoir/shared/protocol/services.ts';
import { findOpening, saveAccountReady } from './linkStore.ts';

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
 * Opens what belongs to a new account elsewhere: the account itself, then its wallet with the free credits of a
 * self-sign-up (U14), and who brought it (A74). Each step is idempotent by the account's id, so it may be killed
 * anywhere and come again, and two may do it at once: the sign-up itself, and its job.
 */
export async function openAccount(
  { system, call }: { system<T>(work: Work<T>): Promise<T>; call: CallService },
  { membershipId, linkId }: { membershipId: string; linkId: string },
  requestId: string,
): Promise<void> {
  const opening = await system((tx) => findOpening(tx, { membershipId, linkId }));
  if (opening === null) return;
  const { accountId, accountName: name, referralCode: code } = opening;
  await call('accounts', ACCOUNT_OPEN, { input: { id: accountId, name, kind: 'CLIENT' } }, requestId);
  await call('billing', WALLETS_OPEN, { input: { accountId, grant: true } }, requestId);
  if (code !== null) await call('billing', REFERRAL_ATTRIBUTE, { input: { accountId, code } }, requestId);
  await system((tx) => saveAccountReady(tx, membershipId));
}

/** The job behind a sign-up: it does what the sign-up could not. */
export const accountOpen =
  ({ system, call }: JobContext): JobHandler =>
  async ({ membershipId, linkId }, jobId) => {
    const opening = { membershipId: membershipId as string, linkId: linkId as string };
    await openAccount({ system: (work) => system(jobId, work), call }, opening, jobId);
  };
