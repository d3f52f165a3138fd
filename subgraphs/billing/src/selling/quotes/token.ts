import { createHash } from 'node:crypto';
import { canonical } from '@comptoir/shared/values/canonical.ts';
import { CompactSign, compactVerify } from 'jose';
import { type QuoteRow, writeOffer } from './quoteTables.ts';

/** How long a quote can be committed. */
export const QUOTE_MINUTES = 15;

type Said = Pick<
  QuoteRow,
  | 'id'
  | 'kind'
  | 'accountId'
  | 'profileId'
  | 'offer'
  | 'prepaidApplied'
  | 'dueToday'
  | 'taxToday'
  | 'chargedToday'
  | 'expiresAt'
>;

/** What a quote's signature covers: all that was said. */
export function claimsOf(quote: Said): Record<string, string | number | null> {
  return {
    jti: quote.id,
    kind: quote.kind,
    account: quote.accountId,
    profile: quote.profileId,
    currency: quote.offer.currency,
    prepaid: quote.prepaidApplied.toString(),
    due: quote.dueToday.toString(),
    tax: quote.taxToday.toString(),
    charged: quote.chargedToday.toString(),
    offer: createHash('sha256')
      .update(canonical(writeOffer(quote.offer)))
      .digest('base64url'),
    // By the clock of the installation, like everything that business is.
    exp: Math.floor(quote.expiresAt.getTime() / 1_000),
  };
}

const keyOf = (secret: string): Uint8Array => new TextEncoder().encode(secret);

/** The signed form of a quote, a compact JWS. The same quote always has the same one. */
export async function signQuote(secret: string, quote: Said): Promise<string> {
  return await new CompactSign(new TextEncoder().encode(canonical(claimsOf(quote))))
    .setProtectedHeader({ alg: 'HS256', typ: 'comptoir-quote' })
    .sign(keyOf(secret));
}

/**
 * The id of the quote that a token is for and what it says of it; null for what we did not sign. Whether it has expired
 * is not looked at.
 */
export async function readToken(secret: string, token: string): Promise<{ id: string; said: string } | null> {
  if (token.length > 4_000) return null;
  try {
    const { payload, protectedHeader } = await compactVerify(token, keyOf(secret), { algorithms: ['HS256'] });
    if (protectedHeader.typ !== 'comptoir-quote') return null;
    const said = new TextDecoder().decode(payload);
    const { jti }: { jti?: unknown } = JSON.parse(said);
    return typeof jti === 'string' ? { id: jti, said } : null;
  } catch {
    return null;
  }
}

/** True when the token says what the quote says. A row that was changed behind our back is not charged. */
export const saysThe = (said: string, quote: Said): boolean => said === canonical(claimsOf(quote));
