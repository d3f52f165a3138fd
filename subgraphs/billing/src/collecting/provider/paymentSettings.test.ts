import { EnvReader } from '@comptoir/shared/process/env.ts';
import { expect, test } from '@jest/globals';
import { readPaymentSettings } from './paymentSettings.ts';

function read(source: Record<string, string>, production: boolean): object | string {
  const env = new EnvReader(source);
  const settings = readPaymentSettings(env, { production, file: 'payments.jsonl' });
  try {
    env.check();
    return settings;
  } catch (error) {
    return (error as Error).message;
  }
}
const stripe = (more: Record<string, string> = {}) => ({
  PAYMENT_PROVIDER: 'stripe',
  STRIPE_SECRET_KEY: 'sk_live_x',
  ...more,
});

test('without a word it is the test provider, with the file of the installation or one that is named', () => {
  expect(read({}, false)).toEqual({ provider: 'test', file: 'payments.jsonl' });
  expect(read({ PAYMENT_TEST_FILE: 'other' }, false)).toEqual({ provider: 'test', file: 'other' });
});

test.each<{ source: Record<string, string>; complaint: string }>`
  source                                                | complaint
  ${{}}                                                 | ${'PAYMENT_PROVIDER must be stripe'}
  ${{ PAYMENT_PROVIDER: 'test' }}                       | ${'PAYMENT_PROVIDER must be stripe'}
  ${{ PAYMENT_PROVIDER: 'stripe' }}                     | ${'STRIPE_SECRET_KEY is not set'}
  ${stripe({ STRIPE_SECRET_KEY: 'sk_test_x' })}         | ${'must be a live key'}
  ${stripe({ STRIPE_SECRET_KEY: 'pk_live_x' })}         | ${'begins with sk_ or rk_'}
  ${stripe({ STRIPE_API_BASE: 'http://localhost:12' })} | ${'not for production'}
`('production refuses $source: $complaint', ({ source, complaint }) => {
  expect(read(source, true)).toContain(complaint);
});

test('Stripe is told its key, and outside production the address of a stand-in', () => {
  expect(read(stripe(), true)).toEqual({ provider: 'stripe', secretKey: 'sk_live_x', apiBase: null });
  const source = stripe({ STRIPE_SECRET_KEY: 'sk_test_x', STRIPE_API_BASE: 'http://localhost:12111' });
  expect(read(source, false)).toEqual({
    provider: 'stripe',
    secretKey: 'sk_test_x',
    apiBase: 'http://localhost:12111',
  });
});
