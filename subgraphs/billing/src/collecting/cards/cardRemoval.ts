import type { JobContext, JobHandler } from '@comptoir/shared/jobs/jobs.ts';
import type { BillingConfig } from '../../config.ts';
import { isCardNeeded } from '../profiles/profileChanges.ts';

/**
 * Removes a card at the provider that no profile has any more; tried again while a payment under way needs it.
 * Repeating it changes nothing.
 */
export const cardRemoval =
  (work: JobContext, { payments }: BillingConfig): JobHandler =>
  async (payload, jobId) => {
    const { customer, method } = payload as { customer: string; method: string };
    const needed = await work.system(jobId, (tx) => isCardNeeded(tx, customer, method));
    if (needed === 'BY_PAYMENT') throw new Error('A payment that is under way needs this card.');
    if (needed === null) await payments.removeCard({ customer, method });
  };
