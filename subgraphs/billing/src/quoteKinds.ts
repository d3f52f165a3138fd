import { creditsAllocate } from './credits/creditsAllocateKind.ts';
import { creditsBuy } from './credits/creditsBuyKind.ts';
import { prepaidBuy } from './prepaid/prepaidBuyKind.ts';
import type { QuoteKinds } from './quotes/kind.ts';
import { subscriptionChange } from './subscriptions/changeKind.ts';
import { subscriptionCreate } from './subscriptions/createKind.ts';
import { subscriptionRenew } from './subscriptions/renewKind.ts';

/** How each kind of quote is priced and done. A new kind is added here and nowhere else. */
export const quoteKinds: QuoteKinds = {
  SUBSCRIPTION_CREATE: subscriptionCreate,
  SUBSCRIPTION_CHANGE: subscriptionChange,
  SUBSCRIPTION_RENEW: subscriptionRenew,
  CREDITS_BUY: creditsBuy,
  CREDITS_ALLOCATE: creditsAllocate,
  PREPAID_BUY: prepaidBuy,
};
