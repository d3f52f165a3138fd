import { serviceMain } from '@comptoir/shared/service/serviceMain.ts';
import { readIdentityEnv } from './base/env.ts';
import { identity } from './schema.ts';

await serviceMain('identity', (env, { signingKey }) => {
  const config = readIdentityEnv(env, signingKey);
  return () => identity(config);
});
