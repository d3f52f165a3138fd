import type { JobContext, JobHandlers } from '@comptoir/shared/jobs/jobs.ts';
import { cardRemoval } from './collecting/cards/cardRemoval.ts';
import type { BillingConfig } from './config.ts';

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
export const jobs =
  (config: BillingConfig) =>
  (work: JobContext): JobHandlers => {
    const { call } = work;
    return {
      cardRemove: cardRemoval(work, config),
      /** Has the people of an account told (`notify`): identity knows who they are and sends, once per job id. */
      async notice({ accountId, kind, params, accounts = {} }, jobId) {
        const wanted = Object.entries(accounts as Record<string, string>);
        type Data = { internalAccountNames: { id: string; name: string }[] };
        const { internalAccountNames: names } =
          wanted.length === 0
            ? { internalAccountNames: [] }
            : await call<Data>('accounts', NAMES, { ids: [...new Set(wanted.map(([, id]) => id))] }, jobId);
        const read: Record<string, string> = { ...(params as Record<string, string>) };
        for (const [name, id] of wanted) read[name] = names.find((account) => account.id === id)?.name ?? '';
        const input = {
          id: jobId,
          accountId,
          area: 'BILLING',
          kind,
          params: Object.entries(read).map(([name, value]) => ({ name, value })),
        };
        await call('identity', NOTICE, { input }, jobId);
      },
    };
  };
