import type { JobContext, JobHandlers } from '@comptoir/shared/jobs/jobs.ts';
import { loadDelegations, loadTrackerCounts } from './delegations/delegationStore.ts';

const NOTICE = /* GraphQL */ `
  mutation Notice($input: InternalNoticeSendInput!) {
    internalNoticeSend(input: $input) { noticeId }
  }
`;

const NAMES = /* GraphQL */ `
  query Names($ids: [ID!]!) {
    internalAccountNames(ids: $ids) { id name }
  }
`;

/** What follows a commit here. */
export function jobs({ system, call }: JobContext): JobHandlers {
  return {
    /**
     * Has the people of one side told about a delegation (U12): identity knows who they are and sends, once per job id.
     */
    async notice({ accountId, area, notice, delegationId }, jobId) {
      const found = await system(jobId, async (tx) => {
        const [delegation] = await loadDelegations(tx, [delegationId as string]);
        const [count] = await loadTrackerCounts(tx, [delegationId as string]);
        return delegation === undefined ? null : { ...delegation, trackers: count?.trackers ?? 0 };
      });
      if (found === null) return;
      const { clientId, partnerId, trackers } = found;
      type Data = { internalAccountNames: { id: string; name: string }[] };
      const { internalAccountNames: names } = await call<Data>(
        'accounts',
        NAMES,
        { ids: [clientId, partnerId] },
        jobId,
      );
      const nameOf = (id: string): string => names.find((account) => account.id === id)?.name ?? '';
      const params = [
        { name: 'client', value: nameOf(clientId) },
        { name: 'partner', value: nameOf(partnerId) },
        { name: 'trackers', value: String(trackers) },
      ];
      await call('identity', NOTICE, { input: { id: jobId, accountId, area, kind: notice, params } }, jobId);
    },
  };
}
