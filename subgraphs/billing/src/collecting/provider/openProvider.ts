import type { PaymentSettings } from './paymentSettings.ts';
import type { PaymentProvider } from './provider.ts';
import { stripeProvider } from './stripeProvider.ts';
import { testProvider } from './testProvider.ts';

/** The payment provider that the settings ask for. `publicUrl` is where cardholders go back to from their bank. */
export function openPaymentProvider(settings: PaymentSettings, publicUrl: string): PaymentProvider {
  if (settings.provider === 'test') return testProvider({ file: settings.file ?? undefined });
  const { secretKey, apiBase } = settings;
  return stripeProvider({ secretKey, apiBase: apiBase ?? undefined, returnUrl: publicUrl });
}
