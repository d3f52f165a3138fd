import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

/** RFC 6238 as every authenticator app knows it: SHA-1, six digits, thirty seconds. */
const PERIOD_SECONDS = 30;
const DIGITS = 6;
/** One step to either side: the clocks of telephones are off by some seconds. */
const WINDOW = 1;

export const RECOVERY_CODES = 10;
/** Without 0, 1, 8 and 9, which are taken for letters. */
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const RECOVERY_LETTERS = 10;

/** A new secret of 160 bits, in base 32. */
export const newTotpSecret = (): string => new Secret({ size: 20 }).base32;

const totpOf = (secret: string, email = ''): TOTP =>
  new TOTP({
    issuer: 'Comptoir',
    label: email,
    algorithm: 'SHA1',
    digits: DIGITS,
    period: PERIOD_SECONDS,
    secret: Secret.fromBase32(secret),
  });

/** What an authenticator app reads from a QR code. */
export const totpUri = (secret: string, email: string): string => totpOf(secret, email).toString();

/**
 * The step of thirty seconds that a code is for, when it is right now and newer than the last one that was taken; null
 * else. A code that somebody looked over a shoulder for is thus good for no one else.
 */
export function takenStep(secret: string, code: string, at: Date, lastStep: number | null): number | null {
  const delta = totpOf(secret).validate({ token: code, timestamp: at.getTime(), window: WINDOW });
  if (delta === null) return null;
  const step = Math.floor(at.getTime() / 1_000 / PERIOD_SECONDS) + delta;
  return lastStep !== null && step <= lastStep ? null : step;
}

/** A code as it is typed: with spaces, dashes, in small letters. */
export function readCode(text: string): { kind: 'TOTP' | 'RECOVERY'; code: string } | null {
  if (text.length > 40) return null;
  const code = text.replace(/[\s-]/g, '').toUpperCase();
  if (/^\d{6}$/.test(code)) return { kind: 'TOTP', code };
  return /^[A-Z2-7]{10}$/.test(code) ? { kind: 'RECOVERY', code } : null;
}

/** Ten codes of fifty random bits for the day the telephone is lost, as they are shown. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    // 256 is a multiple of 32, so every letter is as likely as any other.
    const letters = [...randomBytes(RECOVERY_LETTERS)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
    return `${letters.slice(0, 5)}-${letters.slice(5)}`;
  });
}

/** What is stored of a recovery code, bound to its person; `code` as `readCode` gives it. */
export const hashRecoveryCode = (code: string, userId: string, configured: string): string =>
  createHmac('sha256', configured).update('recovery code').update(userId).update(code).digest('hex');

const IV_BYTES = 12;
const TAG_BYTES = 16;
const sealKey = (configured: string): Buffer => Buffer.from(hkdfSync('sha256', configured, '', 'totp secrets', 32));

/** A secret as it is stored: AES-256-GCM under a key derived from the configuration, bound to the person. */
export function sealSecret(secret: string, userId: string, configured: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', sealKey(configured), iv).setAAD(Buffer.from(userId));
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64url');
}

/** Opens what `sealSecret` wrote. Throws for anything else, another person's included. */
export function openSecret(stored: string, userId: string, configured: string): string {
  const bytes = Buffer.from(stored, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', sealKey(configured), bytes.subarray(0, IV_BYTES))
    .setAAD(Buffer.from(userId))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
}
