import type { EnvReader } from '@comptoir/shared/process/env.ts';
import type { JWK } from 'jose';
import { openPaymentProvider } from './collecting/provider/openProvider.ts';
import { readPaymentSettings } from './collecting/provider/paymentSettings.ts';
import { paypalForm } from './commissions/paypalForm.ts';
import type { BillingConfig } from './config.ts';

/** Reads billing's own part of an environment; the caller has the sealing key and ends with `env.check()`. */
export function readBillingEnv(env: EnvReader, sealingKey: JWK): BillingConfig {
  const quoteSecret = env.text('QUOTE_SECRET');
  if (quoteSecret !== '' && quoteSecret.length < 32) env.complain('QUOTE_SECRET must have at least 32 characters.');
  const publicUrl = env.text('PUBLIC_URL').replace(/\/+$/, '');
  if (publicUrl !== '' && !/^https?:\/\//.test(publicUrl))
    env.complain('PUBLIC_URL must begin with http:// or https://.');
  const ledgerHeads = env.optional('LEDGER_HEADS') ?? undefined;
  const settings = readPaymentSettings(env, { production: env.optional('NODE_ENV') === 'production' });
  // What is wrong is told before anything is opened.
  env.check();
  const payments = openPaymentProvider(settings, publicUrl);
  return { quoteSecret, publicUrl, ledgerHeads, sealingKey, payouts: paypalForm(), payments };
}
