import { BY_ID } from '@comptoir/shared/operations/idempotency.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { CreditPackAddInput, MutationResolvers } from '../../../generated/graphql.ts';
import { onceForKey } from '../../base/idempotencyKeys.ts';
import { isCreditKind } from '../../books/ledger/kinds.ts';
import type { SubgraphContext } from '../../context.ts';
import { addPack, addPackPrice } from './catalogueEditStore.ts';
import { MAX_PACK_PRICES, MAX_VALUE, type NewPrice, readPrice } from './edit.ts';

export const creditPackAdd: MutationResolvers['creditPackAdd'] = async (_root, { input }, ctx) => {
  const intention = { mutation: 'creditPackAdd', input };
  const pack = await onceForKey(ctx, intention, BY_ID, (once) =>
    ctx.write((tx) => once(tx, () => add(tx, input, ctx))),
  );
  if (pack instanceof Refusal) return { pack: null, userErrors: [pack] };
  return { pack: await ctx.loaders.creditPack.load(pack.id), userErrors: [] };
};

async function add(tx: EntityManager, input: CreditPackAddInput, ctx: SubgraphContext) {
  const written = { now: ctx.now, by: (ctx.viewer as PersonViewer).userId };
  const { kind, credits } = input;
  if (!isCreditKind(kind)) return new Refusal('KIND_NOT_SOLD', 'Money is paid in, not sold.', ['input', 'kind'], 'A63');
  if (credits < 1 || credits > MAX_VALUE) {
    return new Refusal('CREDITS_OUT_OF_BOUNDS', 'A pack has 1 to 1,000,000,000 credits.', ['input', 'credits']);
  }
  const prices = readPrices(input.prices, ctx.now);
  if (prices === null) {
    const message = `Give at most ${MAX_PACK_PRICES} prices, one for a currency.`;
    return new Refusal('PRICES_NOT_READABLE', message, ['input', 'prices']);
  }
  const id = newId();
  await addPack(tx, { id, kind, credits });
  for (const price of prices) await addPackPrice(tx, id, price, written);
  return { id };
}

function readPrices(inputs: readonly { currency: string; amount: string }[], now: Date): NewPrice[] | null {
  if (inputs.length > MAX_PACK_PRICES) return null;
  if (new Set(inputs.map(({ currency }) => currency)).size !== inputs.length) return null;
  const prices = inputs.map((input) => readPrice(input, now));
  const readable = prices.filter((price): price is NewPrice => !(price instanceof Refusal));
  return readable.length === prices.length ? readable : null;
}
