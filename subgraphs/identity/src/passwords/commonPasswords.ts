import { readFileSync } from 'node:fs';

/**
 * The common passwords of at least ten characters, lower-cased; shorter ones are refused for their length. From the
 * package
 * @zxcvbn-ts/language-common 4.1.3 (MIT), `src/passwords.json`.
 */
export const commonPasswords: ReadonlySet<string> = new Set(
  readFileSync(new URL('./commonPasswords.txt', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n'),
);
