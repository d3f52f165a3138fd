import type { EnvReader } from '@comptoir/shared/process/env.ts';
import type { JWK } from 'jose';
import type { IdentityConfig } from './config.ts';

/** Reads identity's own part of an environment; the caller has the signing key and ends with `env.check()`. */
export function readIdentityEnv(env: EnvReader, signingKey: JWK): IdentityConfig {
  const publicUrl = env.text('PUBLIC_URL').replace(/\/+$/, '');
  if (publicUrl !== '' && !/^https?:\/\//.test(publicUrl))
    env.complain('PUBLIC_URL must begin with http:// or https://.');
  const smtpUrl = env.text('SMTP_URL');
  if (smtpUrl !== '' && !/^smtps?:\/\//.test(smtpUrl)) env.complain('SMTP_URL must begin with smtp:// or smtps://.');
  const from = env.text('MAIL_FROM');
  const refreshSecret = env.text('REFRESH_SECRET');
  if (refreshSecret !== '' && refreshSecret.length < 32)
    env.complain('REFRESH_SECRET must have at least 32 characters.');
  const trailHeads = env.optional('TRAIL_HEADS') ?? undefined;
  return { trailHeads, publicUrl, mail: { smtpUrl, from }, signingKey, refreshSecret };
}
