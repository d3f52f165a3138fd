import type { JobContext, JobHandlers } from '@comptoir/shared/jobs/jobs.ts';
import { cancelSubscription } from './accounts/accountCancel.ts';
import { loadAccounts } from './accounts/accountStore.ts';
import { loadPartnerships } from './partnerships/partnershipStore.ts';

const NOTICE = /* GraphQL */ `
  mutation Notice($input: InternalNoticeSendInput!) {
    internalNoticeSend(input: $input) { noticeId }
  }
`;

/** What follows a commit here. */
export function jobs({ system, call }: JobContext): JobHandlers {
  return {
    /**
     * Has the people of an account told about a partnership: identity knows who they are and sends, once per job id.
     */
    async notice({ accountId, notice, partnershipId }, jobId) {
      const names = await system(jobId, async (tx) => {
        const [partnership] = await loadPartnerships(tx, [partnershipId as string]);
        if (partnership === undefined) return null;
        const accounts = await loadAccounts(tx, [partnership.partnerId, partnership.clientId]);
        const nameOf = (id: string): string => accounts.find((account) => account.id === id)?.name ?? '';
        return {
          partner: nameOf(partnership.partnerId),
          client: nameOf(partnership.clientId),
          message: partnership.message ?? '',
        };
      });
      if (names === null) return;
      const params = Object.entries(names).map(([name, value]) => ({ name, value }));
      await call(
        'identity',
        NOTICE,
        { input: { id: jobId, accountId, area: 'PROVISIONING', kind: notice, params } },
        jobId,
      );
    },
    /** An account was cancelled (A61): what it subscribed to runs to its end and is not renewed. */
    async 'subscription-cancel'({ accountId }, jobId) {
      await cancelSubscription(call, accountId as string, jobId);
    },
  };
}
