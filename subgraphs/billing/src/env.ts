import type { EnvReader } from '@comptoir/shared/env.ts';
import type { JWK } from 'jose';
import type { BillingConfig } from './config.ts';
import { testProvider } from './payments/testProvider.ts';

/** Reads billing's own part of an environment; the caller has the sealing key and ends with `env.check()`. */
export function readBillingEnv(env: EnvReader, sealingKey: JWK): BillingConfig {
  const quoteSecret = env.text('QUOTE_SECRET');
  if (quoteSecret !== '' && quoteSecret.length < 32) env.complain('QUOTE_SECRET must have at least 32 characters.');
  const publicUrl = env.text('PUBLIC_URL').replace(/\/+$/, '');
  if (publicUrl !== '' && !/^https?:\/\//.test(publicUrl))
    env.complain('PUBLIC_URL must begin with http:// or https://.');
  const ledgerHeads = env.optional('LEDGER_HEADS') ?? undefined;
  return { quoteSecret, publicUrl, ledgerHeads, sealingKey, payments: testProvider() };
}
