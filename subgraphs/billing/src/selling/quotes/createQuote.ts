import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import type { QuoteErrorCode } from '../../../generated/graphql.ts';
import { writable, writableIn } from '../../base/scope.ts';
import { loadProfiles } from '../../collecting/profiles/profileStore.ts';
import type { ComposedConfig } from '../../config.ts';
import type { SubgraphContext } from '../../context.ts';
import type { AnyQuoteKind, Offer, QuoteKindName } from './kind.ts';
import { type Priced, price } from './pricing.ts';
import { addQuote } from './quoteStore.ts';
import type { QuoteRow } from './quoteTables.ts';
import { paidBySomebodyElse, profileNotFound, TooLittleForCard } from './refusals.ts';
import { QUOTE_MINUTES } from './token.ts';

/** What somebody asks a quote for, ids in canonical form. */
export type QuoteAsked = {
  kind: QuoteKindName;
  input: Record<string, unknown>;
  /** Accounts that the asker must be allowed to change the billing of, by the field that names them. */
  accounts: Record<string, string | null>;
  /** The profile that is named, by the field of that name, if any; its account is looked at too. */
  profileId?: string | null;
};

type QuotePayload = { quote: QuoteRow | null; userErrors: Refusal<QuoteErrorCode>[] };

/** Says what a change would cost (A26): a row that is signed and lasts 15 minutes. Nothing is done yet. */
export async function createQuote(
  config: ComposedConfig,
  ctx: SubgraphContext,
  asked: QuoteAsked,
): Promise<QuotePayload> {
  const refused = await refusesScope(ctx, asked);
  if (refused !== null) return payloadOf(refused);
  const viewer = ctx.viewer;
  const createdBy = viewer.kind === 'PERSON' || viewer.kind === 'KEY' ? viewer.userId : null;
  const { kind: name, input } = asked;
  const kind = config.quoteKinds[name];
  const quote = await ctx.system('say what a change costs', async (tx) => {
    const priced = await price(tx, kind, input, { now: ctx.now, cards: config.payments });
    // Whether an invoice is paid, or was credited, and what is left of prepaid money, is the business of who pays
    // (A41).
    if (priced instanceof Refusal)
      return (await isOfAnotherPayer(tx, kind, input, priced)) ? paidBySomebodyElse() : priced;
    // Who pays for a subscription is not named by the input: it must be within scope too, also who pays for the cycles
    // to come when another one paid for this.
    const payers = payersOf(priced.offer, priced.profile?.accountId ?? null);
    const scope = await writableIn(tx, payers);
    if (payers.some((id) => !scope.has(id))) return paidBySomebodyElse();
    return await writeDown(tx, kind, { kind: name, input, createdBy, reference: null }, priced, ctx.now);
  });
  return payloadOf(quote);
}

/**
 * True when somebody out of reach paid for the cycle that a change is about, or is who would pay: then even what it
 * refuses is not said.
 */
async function isOfAnotherPayer(
  tx: EntityManager,
  kind: AnyQuoteKind,
  input: Record<string, unknown>,
  refused: Refusal,
): Promise<boolean> {
  const payerId = refused instanceof TooLittleForCard ? refused.payerId : await kind.paidBefore?.(tx, input);
  return payerId != null && !(await writableIn(tx, [payerId])).has(payerId);
}

/** The accounts that an offer makes pay: today, and from the next cycle on. */
export const payersOf = ({ terms }: Pick<Offer, 'terms'>, payerId: string | null): string[] =>
  [payerId, terms.payerId].filter((id) => typeof id === 'string');

export const payloadOf = (outcome: QuoteRow | Refusal): QuotePayload =>
  outcome instanceof Refusal
    ? { quote: null, userErrors: [outcome as Refusal<QuoteErrorCode>] }
    : { quote: outcome, userErrors: [] };

/** Writes down what was priced, as said now. */
export async function writeDown(
  tx: EntityManager,
  kind: AnyQuoteKind,
  asked: Pick<QuoteRow, 'kind' | 'input' | 'createdBy' | 'reference'>,
  { offer, amounts, profile }: Priced,
  now: Date,
): Promise<QuoteRow> {
  const quote: QuoteRow = {
    ...asked,
    ...amounts,
    id: newId(),
    accountId: offer.accountId,
    ownerId: profile?.accountId ?? kind.owner?.(asked.input) ?? offer.accountId,
    profileId: offer.profileId,
    offer,
    createdAt: now,
    expiresAt: new Date(now.getTime() + QUOTE_MINUTES * 60_000),
    state: 'OPEN',
    commitAccount: null,
    commitKey: null,
    commitHash: null,
    apiKeyId: null,
    paymentId: null,
    holdId: null,
    invoiceId: null,
    made: null,
    committedAt: null,
  };
  await addQuote(tx, quote);
  return quote;
}

async function refusesScope(ctx: SubgraphContext, { accounts, profileId }: QuoteAsked): Promise<Refusal | null> {
  const [profile] = profileId == null ? [] : await ctx.read((tx) => loadProfiles(tx, [profileId]));
  const named = Object.values(accounts).filter((id) => id !== null);
  const scope = await writable(ctx, profile === undefined ? named : [...named, profile.accountId]);
  for (const [field, id] of Object.entries(accounts)) {
    if (id === null || !scope.has(id)) {
      return new Refusal('ACCOUNT_NOT_FOUND', 'There is no such account.', ['input', field]);
    }
  }
  if (profileId == null) return null;
  const usable = profile !== undefined && profile.deletedAt === null && scope.has(profile.accountId);
  return usable ? null : profileNotFound();
}
