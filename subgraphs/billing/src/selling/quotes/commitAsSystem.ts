import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { type CollectDeps, collect } from '../../collecting/payments/collect.ts';
import { findPayment } from '../../collecting/payments/paymentStore.ts';
import { beginCommit } from './beginCommit.ts';
import { writeDown } from './createQuote.ts';
import type { QuoteKindName } from './kind.ts';
import { refusalOf } from './paymentRefusal.ts';
import { price } from './pricing.ts';
import { loadQuotes, lockQuoteOfReference } from './quoteStore.ts';

export type CommittedBySystem = { quoteId: string; state: 'COMMITTED' | 'PAYING'; done: Record<string, string> };

/**
 * Quotes and commits in one go what no one asks for, such as an automatic top-up. Once per reference, however often it
 * is called and from however many sides: a later call gives what became of the first. What was refused before anything
 * was recorded leaves nothing behind and may come again; a card that said no stays a no for this reference.
 */
export async function commitAsSystem(
  deps: CollectDeps,
  {
    kind,
    input,
    reference,
    now,
  }: { kind: QuoteKindName; input: Record<string, unknown>; reference: string; now: Date },
): Promise<CommittedBySystem | Refusal> {
  const { config } = deps;
  const begun = await deps.system('commit what nobody asked for', async (tx) => {
    const known = await lockQuoteOfReference(tx, reference);
    if (known !== null) return { quoteId: known.id, paymentId: known.paymentId };
    const priced = await price(tx, config.quoteKinds[kind], input, { now, cards: config.payments, unasked: true });
    if (priced instanceof Refusal) return priced;
    const quote = await writeDown(
      tx,
      config.quoteKinds[kind],
      { kind, input, createdBy: null, reference },
      priced,
      now,
    );
    return await beginCommit(tx, quote, { by: null, key: null, present: false, now, config });
  });
  if (begun instanceof Refusal) return begun;
  const { quoteId, paymentId } = begun;
  if (paymentId !== null) {
    const known = await deps.system('look at a payment', (tx) => findPayment(tx, paymentId), { untrailed: true });
    const payment = known?.settledAt == null ? await collect(deps, paymentId) : known;
    const no = refusalOf(payment);
    if (no?.code === 'PAYMENT_DECLINED') return no;
  }
  const [quote] = await deps.system('look at a quote', (tx) => loadQuotes(tx, [quoteId]));
  if (quote === undefined) throw new Error(`Quote ${quoteId} is not there.`);
  return { quoteId, state: quote.state === 'COMMITTED' ? 'COMMITTED' : 'PAYING', done: quote.made ?? {} };
}
