import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { writable } from '../../base/scope.ts';
import type { ComposedConfig } from '../../config.ts';
import { collectDeps, refresh } from './collect.ts';
import { loadPayments } from './paymentStore.ts';

export const paymentRefresh =
  (config: ComposedConfig): MutationResolvers['paymentRefresh'] =>
  async (_root, { input }, ctx) => {
    const id = readId(input.paymentId);
    const [shown] = id === null ? [] : await ctx.read((tx) => loadPayments(tx, [id]));
    if (shown === undefined || !(await writable(ctx, [shown.accountId])).has(shown.accountId)) {
      const refused = new Refusal('PAYMENT_NOT_FOUND', 'There is no such payment.', ['input', 'paymentId']);
      return { payment: null, userErrors: [refused] };
    }
    await refresh(collectDeps(ctx, config), shown.id);
    return { payment: await ctx.loaders.payment.load(shown.id), userErrors: [] };
  };
