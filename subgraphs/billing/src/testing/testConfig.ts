import { exportJWK, generateKeyPair } from 'jose';
import { testProvider } from '../collecting/provider/testProvider.ts';
import { paypalForm } from '../commissions/paypalForm.ts';
import type { BillingConfig, ComposedConfig } from '../config.ts';
import { paymentPurposes } from '../paymentPurposes.ts';
import { quoteKinds } from '../quoteKinds.ts';

/** Configuration for tests: the deterministic payment provider, and keys of its own. */
export async function testConfig(config: Partial<BillingConfig> = {}): Promise<ComposedConfig> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return {
    payouts: paypalForm(),
    payments: testProvider(),
    quoteSecret: 'a secret of the tests, of forty characters',
    sealingKey: { ...(await exportJWK(privateKey)), alg: 'EdDSA' },
    publicUrl: 'http://localhost:4000',
    ...config,
    quoteKinds,
    paymentPurposes,
  };
}
