import type { ChargeAsked, ChargeOutcome, PaymentProvider } from './provider.ts';

/** A payment provider that moves no money and always does the same: the token of a card says how its charges end. Refused in production. */
export function testProvider(): PaymentProvider {
  const charges = new Map<string, ChargeOutcome>();
  const outcomeOf = ({ paymentId, method }: ChargeAsked): ChargeOutcome => {
    const reference = `test_${paymentId}`;
    if (method === 'tok_declined') return { outcome: 'DECLINED', decline: 'CARD_DECLINED', reference };
    if (method === 'tok_insufficient') return { outcome: 'DECLINED', decline: 'INSUFFICIENT_FUNDS', reference };
    if (method === 'tok_needs_action')
      return { outcome: 'NEEDS_ACTION', actionUrl: 'https://bank.example/confirm', reference };
    return { outcome: 'APPROVED', reference };
  };
  return {
    name: 'TEST',
    async storeCard({ profileId, token }) {
      return {
        customer: `test_${profileId}`,
        method: token,
        brand: 'test',
        lastFour: '4242',
        expiryMonth: 12,
        expiryYear: 2099,
      };
    },
    async removeCard() {},
    async charge(asked) {
      const known = charges.get(asked.paymentId) ?? outcomeOf(asked);
      charges.set(asked.paymentId, known);
      if (asked.method === 'tok_times_out_after_charging')
        throw new Error('The test provider charged, and its answer was lost.');
      return known;
    },
    async find(paymentId) {
      return charges.get(paymentId) ?? null;
    },
    async cancel(paymentId) {
      return charges.get(paymentId) ?? null;
    },
  };
}
