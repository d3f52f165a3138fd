import type { EnvReader } from '@comptoir/shared/process/env.ts';

/** How cards are charged, as the environment says it. */
export type PaymentSettings =
  | { provider: 'test'; file: string | null }
  | { provider: 'stripe'; secretKey: string; apiBase: string | null };

/**
 * Reads `PAYMENT_PROVIDER` and what belongs to it. Left out, it is the test provider, which moves no money and which
 * production refuses; `file` is where that one remembers what it did, unless `PAYMENT_TEST_FILE` names another one.
 */
export function readPaymentSettings(
  env: EnvReader,
  { production, file = null }: { production: boolean; file?: string | null },
): PaymentSettings {
  const provider = env.oneOf('PAYMENT_PROVIDER', ['test', 'stripe'], 'test');
  if (provider === 'test') {
    if (production)
      env.complain('PAYMENT_PROVIDER must be stripe in production: the test provider approves what nobody pays.');
    return { provider, file: env.optional('PAYMENT_TEST_FILE') ?? file };
  }
  const secretKey = env.text('STRIPE_SECRET_KEY');
  const apiBase = env.optional('STRIPE_API_BASE');
  if (secretKey !== '' && !/^(sk|rk)_[\x21-\x7e]+$/.test(secretKey))
    env.complain('STRIPE_SECRET_KEY must be a secret key of Stripe: it begins with sk_ or rk_.');
  if (production && /^(sk|rk)_test_/.test(secretKey))
    env.complain('STRIPE_SECRET_KEY must be a live key in production: a test key charges nobody.');
  if (apiBase !== null && (production || !URL.canParse(apiBase)))
    env.complain('STRIPE_API_BASE is the address of a stand-in, and not for production.');
  return { provider, secretKey, apiBase };
}
