import { serviceMain } from '@comptoir/shared/service/serviceMain.ts';
import { readBillingEnv } from './env.ts';
import { billing } from './schema.ts';

await serviceMain('billing', (env, { signingKey }) => {
  const config = readBillingEnv(env, signingKey);
  return () => billing(config);
});
