import { creditsAllocate } from '../credits/creditsAllocateKind.ts';
import { creditsBuy } from '../credits/creditsBuyKind.ts';
import { prepaidBuy } from '../prepaid/prepaidBuyKind.ts';
import { subscriptionChange } from '../subscriptions/changeKind.ts';
import { subscriptionCreate } from '../subscriptions/createKind.ts';
import { subscriptionRenew } from '../subscriptions/renewKind.ts';
import type { QuoteKind, QuoteKindName } from './kind.ts';

/** How each kind of quote is priced and done. */
// biome-ignore lint/suspicious/noExplicitAny: each kind has an input of its own, which it reads back from the quote's row.
export const KINDS: Record<QuoteKindName, QuoteKind<any>> = {
  SUBSCRIPTION_CREATE: subscriptionCreate,
  SUBSCRIPTION_CHANGE: subscriptionChange,
  SUBSCRIPTION_RENEW: subscriptionRenew,
  CREDITS_BUY: creditsBuy,
  CREDITS_ALLOCATE: creditsAllocate,
  PREPAID_BUY: prepaidBuy,
};
