import { createHash } from 'node:crypto';
import Stripe from 'stripe';
import { leastCharge } from './cardMinimum.ts';
import type { ChargeAsked, ChargeOutcome, Decline, PaymentProvider, StoredCard } from './provider.ts';
import { stripeAmount } from './stripeAmount.ts';

export type StripeOptions = {
  secretKey: string;
  /** Where cardholders go back to from their bank. */
  returnUrl: string;
  /** Of a stand-in; left out, Stripe. */
  apiBase?: string | undefined;
  /** Of one request. A payment takes two or three. */
  timeoutMs?: number;
};

/** How long Stripe surely knows an idempotency key, with room to spare: it may forget one after 24 hours. */
const KNOWN_FOR_MS = 20 * 3_600_000;

/** What is wrong with a card or an amount for good: asking again would not help. */
const HOPELESS = new Set([
  'resource_missing',
  'payment_method_unexpected_state',
  'amount_too_small',
  'amount_too_large',
]);

/**
 * Stripe behind the port. A payment is made in two steps, each with an idempotency key of its own: an intent is
 * created, which charges nothing, and then confirmed. So a payment whose answer was lost is found by creating it again,
 * which gives the intent of the first time; Stripe's search, which lags, is only asked once the key may be forgotten.
 * Nothing is retried in here.
 */
export function stripeProvider({ secretKey, returnUrl, apiBase, timeoutMs = 10_000 }: StripeOptions): PaymentProvider {
  const stripe = new Stripe(secretKey, {
    ...addressOf(apiBase),
    timeout: timeoutMs,
    maxNetworkRetries: 0,
    telemetry: false,
    appInfo: { name: 'Comptoir' },
  });

  async function create({ paymentId, customer, method, amount, description, present }: ChargeAsked) {
    return await stripe.paymentIntents.create(
      {
        amount: stripeAmount(amount),
        currency: amount.currency.toLowerCase(),
        customer,
        payment_method: method,
        allowed_payment_method_types: ['card'],
        description,
        metadata: { payment_id: paymentId },
        // Who confirms once while they are here allows us to charge the card when they are not.
        ...(present ? { setup_future_usage: 'off_session' as const } : {}),
      },
      { idempotencyKey: paymentId },
    );
  }

  /**
   * The intent of a payment; null when there is none and none can be made. One that search does not find is either so
   * young that search lags, and then its key is known, or there is none: creating it again is right in both cases.
   */
  async function locate(asked: ChargeAsked): Promise<string | null> {
    if (Date.now() - madeAt(asked.paymentId) >= KNOWN_FOR_MS) {
      const query = `metadata['payment_id']:'${asked.paymentId}'`;
      const found = await stripe.paymentIntents.search({ query, limit: 1 });
      if (found.data[0] !== undefined) return found.data[0].id;
    }
    try {
      return (await create(asked)).id;
    } catch (error) {
      if (cannotBeMade(error)) return null;
      throw error;
    }
  }

  async function look(id: string, present: boolean): Promise<ChargeOutcome | null> {
    return outcomeOf(await stripe.paymentIntents.retrieve(id), present);
  }

  /**
   * No one is there, and the bank wants to ask its customer: the same intent is confirmed as if they were, which gives
   * the address where they can.
   */
  async function confirm(id: string, { paymentId, method, present }: ChargeAsked): Promise<Stripe.PaymentIntent> {
    try {
      return await stripe.paymentIntents.confirm(
        id,
        present ? { payment_method: method, return_url: returnUrl } : { payment_method: method, off_session: true },
        { idempotencyKey: `${paymentId} confirm` },
      );
    } catch (error) {
      if (present || !(error instanceof Stripe.errors.StripeCardError) || error.code !== 'authentication_required')
        throw error;
      return await stripe.paymentIntents.confirm(
        id,
        { payment_method: method, return_url: returnUrl },
        { idempotencyKey: `${paymentId} confirm present` },
      );
    }
  }

  return plainly({
    name: 'STRIPE',
    minimum: leastCharge,
    async storeCard({ profileId, token, email }) {
      try {
        // The key names everything that is sent: the same request gives the same customer, another one is no misuse of
        // the key.
        const customer = await stripe.customers.create(
          { metadata: { profile_id: profileId }, ...(email === null ? {} : { email }) },
          { idempotencyKey: `customer ${digest(profileId, email ?? '')}` },
        );
        const method = token.startsWith('tok_') ? await methodOf(profileId, token) : token;
        return cardOf(customer.id, await stripe.paymentMethods.attach(method, { customer: customer.id }));
      } catch (error) {
        if (error instanceof Stripe.errors.StripeCardError) return { decline: declineOf(error) };
        if (error instanceof Stripe.errors.StripeInvalidRequestError) return { decline: 'TOKEN_UNKNOWN' };
        throw error;
      }
    },

    async removeCard({ method }) {
      try {
        const card = await stripe.paymentMethods.retrieve(method);
        if (card.customer !== null) await stripe.paymentMethods.detach(method);
      } catch (error) {
        if (!(error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_missing'))
          throw error;
      }
    },

    async charge(asked) {
      let intent: string | null = null;
      try {
        intent = (await create(asked)).id;
        const confirmed = await confirm(intent, asked);
        const outcome = outcomeOf(confirmed, asked.present);
        if (outcome === null) throw new Error(`Stripe confirmed ${intent}, and it is ${confirmed.status}.`);
        return outcome;
      } catch (error) {
        if (error instanceof Stripe.errors.StripeCardError)
          return { outcome: 'DECLINED', decline: declineOf(error), reference: error.payment_intent?.id ?? intent };
        if (error instanceof RangeError || (isInvalid(error) && HOPELESS.has(error.code ?? '')))
          return { outcome: 'DECLINED', decline: 'CARD_DECLINED', reference: intent };
        // Confirmed before, by a request whose answer was lost long ago: what it is now is what counts.
        if (intent !== null && isUnexpectedState(error)) {
          const outcome = await look(intent, asked.present);
          if (outcome !== null) return outcome;
        }
        throw error;
      }
    },

    async find(asked) {
      const intent = await locate(asked);
      return intent === null ? null : await look(intent, asked.present);
    },

    async cancel(asked) {
      const intent = await locate(asked);
      if (intent === null) return { outcome: 'CANCELLED' };
      const before = await look(intent, asked.present);
      if (before !== null && before.outcome !== 'NEEDS_ACTION') return before;
      try {
        await stripe.paymentIntents.cancel(intent, { cancellation_reason: 'abandoned' });
        return { outcome: 'CANCELLED' };
      } catch (error) {
        // It was confirmed in that moment.
        if (!isUnexpectedState(error)) throw error;
        const after = await look(intent, asked.present);
        if (after === null) throw error;
        return after;
      }
    },
  });

  async function methodOf(profileId: string, token: string): Promise<string> {
    const made = await stripe.paymentMethods.create(
      { type: 'card', card: { token } },
      { idempotencyKey: `card ${digest(profileId, token)}` },
    );
    return made.id;
  }
}

/**
 * The provider with errors that may be logged: those of the SDK carry what Stripe answered, client secrets and cards
 * included.
 */
function plainly({ name, minimum, ...provider }: PaymentProvider): PaymentProvider {
  const plain = Object.entries(provider).map(([title, method]) => [
    title,
    async (asked: never) => {
      try {
        return await method(asked);
      } catch (error) {
        if (!(error instanceof Stripe.errors.StripeError)) throw error;
        const { type, code = 'no code', statusCode = 'no status', requestId = 'none', message } = error;
        throw new Error(`Stripe: ${type}, ${code}, ${statusCode}, request ${requestId}: ${message}`);
      }
    },
  ]);
  return { name, minimum, ...Object.fromEntries(plain) };
}

/** What an intent says; null when it was never confirmed. Throws while Stripe is still at it. */
function outcomeOf(intent: Stripe.PaymentIntent, present: boolean): ChargeOutcome | null {
  const { id: reference, status, last_payment_error: error, next_action: next } = intent;
  switch (status) {
    case 'succeeded':
      return { outcome: 'APPROVED', reference };
    case 'canceled':
      return { outcome: 'CANCELLED' };
    case 'requires_confirmation':
      return null;
    case 'requires_action': {
      const actionUrl = next?.redirect_to_url?.url;
      if (typeof actionUrl !== 'string') throw new Error(`Stripe wants ${next?.type ?? 'something'} of ${reference}.`);
      return { outcome: 'NEEDS_ACTION', actionUrl, reference };
    }
    case 'requires_payment_method':
      if (error === null || error === undefined) return null;
      // Refused because no one was there: the second half of `confirm` is still to come.
      if (error.code === 'authentication_required' && !present) return null;
      return { outcome: 'DECLINED', decline: declineOf(error), reference };
    default:
      throw new Error(`Stripe says that ${reference} is ${status}.`);
  }
}

function declineOf({ code, decline_code: reason }: { code?: string | null; decline_code?: string | null }): Decline {
  if (code === 'expired_card' || reason === 'expired_card') return 'CARD_EXPIRED';
  return reason === 'insufficient_funds' ? 'INSUFFICIENT_FUNDS' : 'CARD_DECLINED';
}

function cardOf(
  customer: string,
  { id: method, card }: Stripe.PaymentMethod,
): StoredCard | { decline: 'TOKEN_UNKNOWN' } {
  if (card === null || card === undefined) return { decline: 'TOKEN_UNKNOWN' };
  const { brand, last4: lastFour, exp_month: expiryMonth, exp_year: expiryYear } = card;
  return { customer, method, brand, lastFour, expiryMonth, expiryYear };
}

const isInvalid = (error: unknown): error is Stripe.errors.StripeInvalidRequestError =>
  error instanceof Stripe.errors.StripeInvalidRequestError;

const isUnexpectedState = (error: unknown): boolean =>
  isInvalid(error) && error.code === 'payment_intent_unexpected_state';

/**
 * True when Stripe will not make an intent of what it is asked: an amount that it cannot express, a currency that it
 * does not take. Had it made one before, its key would have given that one. Without this, such a payment would wait for
 * ever, and what was set aside for it.
 */
const cannotBeMade = (error: unknown): boolean =>
  error instanceof RangeError || (isInvalid(error) && (error.statusCode === 400 || error.statusCode === 404));

/**
 * When an id of ours was made, in real time: UUID v7 begin with it. Stripe's memory is in real time too, whatever the
 * clock of the installation.
 */
const madeAt = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

const digest = (...parts: string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

function addressOf(apiBase: string | undefined): Stripe.StripeConfig {
  if (apiBase === undefined) return {};
  const { hostname, port, protocol } = new URL(apiBase);
  return {
    host: hostname,
    protocol: protocol === 'http:' ? 'http' : 'https',
    ...(port === '' ? {} : { port }),
  };
}
