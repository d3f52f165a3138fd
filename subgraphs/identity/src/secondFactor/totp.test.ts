import { newId } from '@comptoir/shared/values/uuid.ts';
import { expect, test } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import {
  hashRecoveryCode,
  newRecoveryCodes,
  newTotpSecret,
  openSecret,
  readCode,
  sealSecret,
  takenStep,
  totpUri,
} from './totp.ts';

const at = new Date('2026-11-22T12:00:10Z');
const STEP = Math.floor(at.getTime() / 30_000);
/** RFC 6238, appendix B, SHA-1, shortened to six digits. */
const RFC_SECRET = new Secret({ buffer: new TextEncoder().encode('12345678901234567890').buffer }).base32;
const codeOf = (secret: string, when: Date): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: when.getTime() });

test.each<{ seconds: number; code: string; step: number }>`
  seconds        | code        | step
  ${59}          | ${'287082'} | ${1}
  ${1111111109}  | ${'081804'} | ${37037036}
  ${20000000000} | ${'353130'} | ${666666666}
`('P TOTP agrees with RFC 6238 at $seconds', ({ seconds, code, step }) => {
  expect(takenStep(RFC_SECRET, code, new Date(seconds * 1_000), null)).toBe(step);
});

test.each<{ from: number; last: number | null; outcome: number | null }>`
  from   | last        | outcome
  ${0}   | ${null}     | ${STEP}
  ${-30} | ${null}     | ${STEP - 1}
  ${30}  | ${null}     | ${STEP + 1}
  ${-60} | ${null}     | ${null}
  ${60}  | ${null}     | ${null}
  ${0}   | ${STEP - 1} | ${STEP}
  ${0}   | ${STEP}     | ${null}
  ${-30} | ${STEP}     | ${null}
  ${30}  | ${STEP}     | ${STEP + 1}
`('P a code from $from s off, after step $last was taken, gives $outcome', ({ from, last, outcome }) => {
  const secret = newTotpSecret();
  expect(takenStep(secret, codeOf(secret, new Date(at.getTime() + from * 1_000)), at, last)).toBe(outcome);
});

test('P the secret is sealed for one person under one key, differently each time', () => {
  const [userId, secret, key] = [newId(), newTotpSecret(), 'a key from the configuration, long'];
  const stored = sealSecret(secret, userId, key);
  expect(stored).not.toContain(secret);
  expect(sealSecret(secret, userId, key)).not.toBe(stored);
  expect(openSecret(stored, userId, key)).toBe(secret);
  expect(() => openSecret(stored, newId(), key)).toThrow();
  expect(() => openSecret(stored, userId, `${key}!`)).toThrow();
  const tampered = `${stored.startsWith('A') ? 'B' : 'A'}${stored.slice(1)}`;
  expect(() => openSecret(tampered, userId, key)).toThrow();
});

test('P ten recovery codes, each readable as it is shown, bound to their person', () => {
  const codes = newRecoveryCodes();
  expect(new Set(codes).size).toBe(10);
  for (const code of codes)
    expect(readCode(code.toLowerCase())).toEqual({ kind: 'RECOVERY', code: code.replace('-', '') });
  const [one, other] = [newId(), newId()];
  expect(hashRecoveryCode('ABCDEFGHIJ', one, 'k')).not.toBe(hashRecoveryCode('ABCDEFGHIJ', other, 'k'));
});

test.each<{ text: string; read: ReturnType<typeof readCode> }>`
  text               | read
  ${' 123 456 '}     | ${{ kind: 'TOTP', code: '123456' }}
  ${'12345'}         | ${null}
  ${'1234567'}       | ${null}
  ${''}              | ${null}
  ${'１２３４５６'}  | ${null}
  ${'x'.repeat(1e5)} | ${null}
`('P $text is read as $read', ({ text, read }) => {
  expect(readCode(text)).toEqual(read);
});

test('the URI is what apps read', () => {
  expect(totpUri(RFC_SECRET, 'lou@example.org')).toBe(
    `otpauth://totp/Comptoir:lou%40example.org?issuer=Comptoir&secret=${RFC_SECRET}&algorithm=SHA1&digits=6&period=30`,
  );
});
