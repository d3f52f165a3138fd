import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { ApiKeyRow } from './apiKeyTables.ts';

export const apiKeyNotFound = (): Refusal<'API_KEY_NOT_FOUND'> =>
  new Refusal('API_KEY_NOT_FOUND', 'There is no such API key.', ['input', 'apiKeyId']);

/** A key that was revoked or has expired stays as it is. Null while it has not. */
export function refusesEnded({ revokedAt, expiresAt }: ApiKeyRow, now: Date): Refusal<'API_KEY_HAS_ENDED'> | null {
  if (revokedAt === null && (expiresAt === null || expiresAt > now)) return null;
  return new Refusal('API_KEY_HAS_ENDED', 'This API key has ended. Make a new one.', ['input', 'apiKeyId']);
}
