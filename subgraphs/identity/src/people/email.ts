const LONGEST_EMAIL = 254;
const LONGEST_LOCAL_PART = 64;
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
// The unquoted form of RFC 5321 in ASCII, with a domain of two labels at least.
const EMAIL = new RegExp(
  `^([a-z0-9!#$%&'*+/=?^_\`{|}~-]+(?:\\.[a-z0-9!#$%&'*+/=?^_\`{|}~-]+)*)@${LABEL}(?:\\.${LABEL})+$`,
);

/** An e-mail address in the one spelling by which it is known, lower-cased; null when the text is none. */
export function readEmail(text: string): string | null {
  if (text.length > LONGEST_EMAIL + 2) return null;
  const email = text.trim().toLowerCase();
  const localPart = EMAIL.exec(email)?.[1];
  return localPart !== undefined && localPart.length <= LONGEST_LOCAL_PART && email.length <= LONGEST_EMAIL
    ? email
    : null;
}
