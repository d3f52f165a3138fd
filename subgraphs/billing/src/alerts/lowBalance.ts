import type { Round } from '@comptoir/shared/concurrency/rounds.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { notify } from '../base/notify.ts';
import { turnCrossedAlerts } from './alertStore.ts';
import { noticeRecipient } from './noticeRecipient.ts';

const MAX_ALERTS = 500;

/**
 * Tells anyone who set an alert that the balance has fallen below it: once per crossing, in the transaction that
 * remembers it (N17).
 */
export const lowBalance: Round = {
  title: 'low-balance alerts that changed',
  async run({ system, clock }, requestId) {
    const now = clock.now();
    return await system(requestId, async (tx) => {
      const crossed = await turnCrossedAlerts(tx, now, MAX_ALERTS);
      for (const { accountId, ownerId, kind, armed, spendable } of crossed) {
        if (armed) continue;
        await notify(tx, {
          id: newId(),
          accountId: await noticeRecipient(tx, accountId),
          kind: 'CREDITS_LOW',
          params: { credits: String(spendable), kind },
          accounts: { client: ownerId },
        });
      }
      return crossed.length;
    });
  },
};
