import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { isLine } from '@comptoir/shared/values/text.ts';

export const MIN_LENGTH = 10;
export const MAX_LENGTH = 256;

export type PasswordRefusal = Refusal<
  'PASSWORD_NOT_READABLE' | 'PASSWORD_TOO_SHORT' | 'PASSWORD_TOO_LONG' | 'PASSWORD_TOO_COMMON'
>;

/**
 * Whether a password may be chosen: 10 to 256 characters that a keyboard types, none of the `common` ones in whatever
 * case, no rules of composition. Null when it may. It is used exactly as typed: nothing is trimmed or cut.
 */
export function refusesPassword(
  password: string,
  common: ReadonlySet<string>,
  field = ['input', 'password'],
): PasswordRefusal | null {
  // A NUL ends the text for other programs, and half of a surrogate pair is another character once it is hashed.
  if (!isLine(password)) {
    return new Refusal('PASSWORD_NOT_READABLE', 'Choose one without control characters, such as NUL or a tab.', field);
  }
  // Characters as people count them, not UTF-16 units.
  const length = [...password].length;
  if (length < MIN_LENGTH) return new Refusal('PASSWORD_TOO_SHORT', `Choose at least ${MIN_LENGTH} characters.`, field);
  if (length > MAX_LENGTH) return new Refusal('PASSWORD_TOO_LONG', `Choose at most ${MAX_LENGTH} characters.`, field);
  if (common.has(password.toLowerCase()) || new Set(password).size === 1) {
    return new Refusal(
      'PASSWORD_TOO_COMMON',
      'Many people use this password, so it is tried first. Choose another.',
      field,
    );
  }
  return null;
}
