import { singleFlight } from '@comptoir/shared/concurrency/singleFlight.ts';
import { isPreview, previewNotPossible } from '@comptoir/shared/database/preview.ts';
import { hashOf, remember } from '@comptoir/shared/operations/idempotency.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { KeyViewer, PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers, QuoteCommitErrorCode, QuoteCommitInput } from '../../../generated/graphql.ts';
import { recall } from '../../base/idempotencyKeys.ts';
import { spendsOwn, writable } from '../../base/scope.ts';
import { collect, collectDeps } from '../../collecting/payments/collect.ts';
import type { ComposedConfig } from '../../config.ts';
import type { SubgraphContext } from '../../context.ts';
import { type Begun, beginCommit, QuoteChanged } from './beginCommit.ts';
import { payersOf } from './createQuote.ts';
import { keyBudgetOf } from './keyBudget.ts';
import { refusalOf } from './paymentRefusal.ts';
import { loadQuotes, lockQuote } from './quoteStore.ts';
import type { QuoteRow } from './quoteTables.ts';
import { readToken, saysThe } from './token.ts';

type Outcome = { quote: QuoteRow | null; refusal: Refusal | null };

/**
 * Does what a quote said, charging exactly that (A26, N02). Everything that needs no card happens in one transaction.
 * Otherwise the payment is recorded first, the provider is asked outside of any transaction, and the answer is settled
 * in a second one; asked again with the same key, it goes on from wherever it got.
 */
export const quoteCommit =
  (config: ComposedConfig): MutationResolvers['quoteCommit'] =>
  async (_root, { input }, ctx) => {
    const outcome = await singleFlight(
      config,
      ctx.viewer,
      { mutation: 'quoteCommit', input },
      {
        work: () => commit(config, input, ctx),
        afterwards: ({ quote }) => Promise.all([readPayment(quote, ctx), readInvoice(quote, ctx)]),
      },
    );
    const { quote, refusal } = outcome instanceof Refusal ? refused(outcome) : outcome;
    const changed = refusal instanceof QuoteChanged ? refusal : null;
    return {
      quote,
      was: changed?.was ?? null,
      is: changed?.is ?? null,
      userErrors: refusal === null ? [] : [refusal as Refusal<QuoteCommitErrorCode>],
    };
  };

async function commit(config: ComposedConfig, input: QuoteCommitInput, ctx: SubgraphContext): Promise<Outcome> {
  const read = await readToken(config.quoteSecret, input.token);
  const id = read === null ? null : readId(read.id);
  if (read === null || id === null) {
    return refused(new Refusal('TOKEN_NOT_READABLE', 'This is not the token of a quote.', ['input', 'token'], 'N02'));
  }
  // Seen under row-level security, and within the scope for writing, before anything is done under the second role.
  const [seen] = await ctx.read((tx) => loadQuotes(tx, [id]));
  const concerned = seen === undefined ? [] : [seen.accountId, ...payersOf(seen.offer, seen.ownerId)];
  const scope = await writable(ctx, concerned);
  if (seen === undefined || concerned.some((account) => !scope.has(account))) return refused(notFound());
  if (!spendersOf(seen).every((id) => spendsOwn(ctx.viewer, id))) return refused(payerOnly());

  const begun = await begin(config, read.said, id, input, ctx);
  if (begun instanceof Refusal)
    return { quote: begun.code === 'QUOTE_NOT_FOUND' ? null : await afresh(ctx, id), refusal: begun };
  // Also where the payment was begun by somebody else under this key: a preview-only key asks the provider for nothing.
  const payment = begun.paymentId === null ? null : await collect(collectDeps(ctx, config), begun.paymentId);
  return { quote: await afresh(ctx, id), refusal: payment === null ? null : refusalOf(payment) };
}

/** The first transaction: looks at the key, locks the quote, and begins. */
async function begin(
  config: ComposedConfig,
  said: string,
  id: string,
  input: QuoteCommitInput,
  ctx: SubgraphContext,
): Promise<Begun | Refusal> {
  const { accountId } = ctx.viewer as PersonViewer | KeyViewer;
  const keyed = { accountId, key: input.idempotencyKey, mutation: 'quoteCommit', input, now: ctx.now };
  return await ctx.system('commit a quote', async (tx): Promise<Begun | Refusal> => {
    const known = await recall<Begun>(tx, keyed);
    if (known instanceof Refusal) return known;
    // Remembered: what it paid is settled, and nothing is asked of the provider.
    if (known?.answer != null) return { quoteId: known.answer.quoteId, paymentId: null };
    const quote = await lockQuote(tx, id);
    if (quote === null || !saysThe(said, quote)) return notFound();
    // Settled while this waited: the key has its answer by now.
    if (quote.state === 'COMMITTED' && known !== null) return { quoteId: id, paymentId: null };
    if (quote.state === 'COMMITTED') {
      return new Refusal('QUOTE_COMMITTED', 'This quote was committed already.', ['input', 'token'], 'N02');
    }
    if (quote.state === 'PAYING') {
      if (known !== null) return { quoteId: id, paymentId: quote.paymentId };
      return new Refusal('PAYMENT_PENDING', 'This quote is being paid, under another key.', ['input', 'token'], 'N02');
    }
    if (quote.expiresAt <= ctx.now) {
      return new Refusal('QUOTE_EXPIRED', 'This quote has expired. Ask for a new one.', ['input', 'token'], 'N02');
    }
    const by = { accountId, key: input.idempotencyKey, hash: hashOf(keyed) };
    const begun = await beginCommit(tx, quote, {
      by,
      key: keyBudgetOf(ctx.viewer),
      present: ctx.viewer.kind === 'PERSON',
      now: ctx.now,
      config,
    });
    if (begun instanceof Refusal) return begun;
    if (begun.paymentId === null) {
      await remember(tx, { ...by, now: ctx.now }, begun);
    } else if (isPreview(ctx.viewer)) {
      // What the payment provider does cannot be taken back.
      throw previewNotPossible();
    }
    return begun;
  });
}

async function afresh(ctx: SubgraphContext, id: string): Promise<QuoteRow | null> {
  const [quote] = await ctx.read((tx) => loadQuotes(tx, [id]));
  return quote ?? null;
}

const readPayment = async (quote: QuoteRow | null, { loaders }: SubgraphContext): Promise<unknown> =>
  quote?.paymentId == null ? null : await loaders.payment.load(quote.paymentId);
const readInvoice = async (quote: QuoteRow | null, { loaders }: SubgraphContext): Promise<unknown> =>
  quote?.invoiceId == null ? null : await loaders.invoice.load(quote.invoiceId);

const refused = (refusal: Refusal): Outcome => ({ quote: null, refusal });
const notFound = (): Refusal => new Refusal('QUOTE_NOT_FOUND', 'There is no such quote.', ['input', 'token'], 'N02');
/**
 * Whose money a quote spends: who pays today, unless nothing is due, and who pays from the next cycle on. What is given
 * back needs no one's leave.
 */
function spendersOf({ offer, profileId, ownerId }: QuoteRow): string[] {
  if (profileId === null) return [];
  const all = payersOf(offer, ownerId);
  return offer.prorated > 0n ? all : all.slice(-1);
}

const payerOnly = (): Refusal =>
  new Refusal(
    'PAYER_ONLY',
    'Only people and keys of the account that pays commit this quote. They find it among the quotes of their account.',
    ['input', 'token'],
    'A38',
  );
