import { creditsAllocate } from './selling/credits/creditsAllocateKind.ts';
import { creditsBuy } from './selling/credits/creditsBuyKind.ts';
import { prepaidBuy } from './selling/prepaid/prepaidBuyKind.ts';
import type { QuoteKinds } from './selling/quotes/kind.ts';
import { subscriptionChange } from './selling/subscriptions/changeKind.ts';
import { subscriptionCreate } from './selling/subscriptions/createKind.ts';
import { subscriptionRenew } from './selling/subscriptions/renewKind.ts';

/** How each kind of quote is priced and done. A new kind is added here and nowhere else. */
export const quoteKinds: QuoteKinds = {
  SUBSCRIPTION_CREATE: subscriptionCreate,
  SUBSCRIPTION_CHANGE: subscriptionChange,
  SUBSCRIPTION_RENEW: subscriptionRenew,
  CREDITS_BUY: creditsBuy,
  CREDITS_ALLOCATE: creditsAllocate,
  PREPAID_BUY: prepaidBuy,
};
