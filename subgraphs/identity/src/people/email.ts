import { domainToASCII } from 'node:url';
import { Refusal } from '@comptoir/shared/values/refusal.ts';

const MAX_EMAIL_LENGTH = 254;
const MAX_LOCAL_PART_LENGTH = 64;
// The unquoted form of RFC 5321, in ASCII: beyond it the mail server of every receiver would have to speak SMTPUTF8.
const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;
/** What a domain is written with before IDNA maps it: letters of any script, and every full stop that it knows. */
const WRITTEN_DOMAIN = /^[\p{L}\p{M}\p{N}.\u3002\uff0e\uff61-]+$/u;
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
/** Two labels at least, and the last begins with a letter: an IPv4 address is no domain. */
const DOMAIN = new RegExp(`^(?:${LABEL}\\.)+(?=[a-z])${LABEL}$`);

/**
 * An e-mail address in the one spelling by which it is known; null when the text is none. Lower-cased, the domain as
 * mail servers carry it (IDNA: `müller.example` and `XN--MLLER-KVA.example` are one). Whatever compares or stores an
 * address has it from here.
 */
export function readEmail(text: string): string | null {
  if (text.length > MAX_EMAIL_LENGTH + 2) return null;
  const { local, domain } = parts(text);
  if (local.length > MAX_LOCAL_PART_LENGTH || !LOCAL_PART.test(local) || !WRITTEN_DOMAIN.test(domain)) return null;
  const ascii = domainToASCII(domain);
  const email = `${local.toLowerCase()}@${ascii}`;
  return DOMAIN.test(ascii) && email.length <= MAX_EMAIL_LENGTH ? email : null;
}

/** Why a text is no e-mail address, said so that it can be put right. */
export function emailNotReadable(text: string, field = ['input', 'email']): Refusal<'EMAIL_NOT_READABLE'> {
  const beyondAscii = /[^\p{ASCII}]/u.test(parts(text).local);
  const message = beyondAscii
    ? 'Before the @ write letters from a to z, digits and the usual signs: not every mail server carries others. The domain may have any letters.'
    : 'That is no e-mail address.';
  return new Refusal('EMAIL_NOT_READABLE', message, field);
}

function parts(text: string): { local: string; domain: string } {
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  return at < 0 ? { local: '', domain: '' } : { local: trimmed.slice(0, at), domain: trimmed.slice(at + 1) };
}
