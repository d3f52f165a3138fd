import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { isLine } from '@comptoir/shared/values/text.ts';
import { isCurrency, isOffered, notOffered } from '../../books/money/money.ts';
import { readVatId } from './vatId.ts';

export type ProfileRefusal = Refusal<
  | 'NAME_NOT_READABLE'
  | 'CURRENCY_NOT_KNOWN'
  | 'CURRENCY_NOT_OFFERED'
  | 'EMAIL_NOT_READABLE'
  | 'LEGAL_NAME_NOT_READABLE'
  | 'ADDRESS_NOT_READABLE'
  | 'COUNTRY_NOT_READABLE'
  | 'VAT_ID_NOT_READABLE'
>;

/** What stands on invoices and in lists; all of it may change. */
export type ProfileFacts = {
  name: string;
  email: string;
  legalName: string;
  addressLines: string[];
  country: string;
  vatId: string | null;
};

/** The most profiles that an account has, deleted ones left out. */
export const MAX_PROFILES = 100;

const field = (name: string): string[] => ['input', name];

/** A text of 1 to 200 characters on one line, without space around it; null when it is none. */
function readLine(text: string): string | null {
  const line = text.trim();
  return line.length >= 1 && line.length <= 200 && isLine(line) ? line : null;
}

/**
 * Something before the @, a domain with a dot behind it, nothing that would end a mail header. Whether it arrives is
 * for the mail to show.
 */
function readEmail(text: string): string | null {
  const email = readLine(text);
  return email !== null &&
    email.length <= 200 &&
    /^[^\s@<>(),;:"\\]+@[^\s@<>(),;:"\\.]+(\.[^\s@<>(),;:"\\.]+)+$/.test(email)
    ? email
    : null;
}

const REGIONS = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
const isCountry = (code: string): boolean => /^[A-Z]{2}$/.test(code) && REGIONS.of(code) !== undefined;

/** The currency, or why not. It is chosen once. */
export function readCurrency(code: string): string | ProfileRefusal {
  if (!isCurrency(code))
    return new Refusal('CURRENCY_NOT_KNOWN', 'That is no currency of ISO 4217.', field('currency'));
  if (isOffered(code)) return code;
  return new Refusal('CURRENCY_NOT_OFFERED', notOffered(code), field('currency'), 'A36');
}

/** Reads what a profile is to say, in the order of the error codes. */
export function readFacts(facts: ProfileFacts): ProfileFacts | ProfileRefusal {
  const name = readLine(facts.name);
  if (name === null) return new Refusal('NAME_NOT_READABLE', 'A name has 1 to 200 characters.', field('name'));
  const email = readEmail(facts.email);
  if (email === null) return new Refusal('EMAIL_NOT_READABLE', 'That is no e-mail address.', field('email'));
  const legalName = readLine(facts.legalName);
  if (legalName === null)
    return new Refusal('LEGAL_NAME_NOT_READABLE', 'A legal name has 1 to 200 characters.', field('legalName'));
  const lines = facts.addressLines.slice(0, 7).map(readLine);
  const addressLines = lines.filter((line) => line !== null);
  if (lines.length < 1 || lines.length > 6 || addressLines.length !== lines.length)
    return new Refusal(
      'ADDRESS_NOT_READABLE',
      'An address has 1 to 6 lines of 1 to 200 characters.',
      field('addressLines'),
    );
  if (!isCountry(facts.country))
    return new Refusal(
      'COUNTRY_NOT_READABLE',
      'A country is two capitals of ISO 3166, for example FR.',
      field('country'),
    );
  const vatId = facts.vatId === null ? null : readVatId(facts.vatId);
  if (facts.vatId !== null && vatId === null)
    return new Refusal(
      'VAT_ID_NOT_READABLE',
      'That does not look like a VAT id: the two letters of the country, then its number.',
      field('vatId'),
    );
  return { name, email, legalName, addressLines, country: facts.country, vatId };
}

/** What depends on a profile, as the store found it. */
export type ProfileUse = { subscription: boolean; invoice: boolean; prepaid: boolean; payment: boolean };

export type UseRefusal = Refusal<
  'IN_USE_BY_SUBSCRIPTION' | 'IN_USE_BY_INVOICE' | 'IN_USE_BY_PREPAID' | 'IN_USE_BY_PAYMENT'
>;

/** A profile is deleted only when nothing depends on it any more (A39). */
export function refusesDeletion(use: ProfileUse): UseRefusal | null {
  const at = field('profileId');
  if (use.subscription)
    return new Refusal(
      'IN_USE_BY_SUBSCRIPTION',
      'A subscription is paid with this profile. Choose another one for that account first.',
      at,
      'A39',
    );
  if (use.invoice) return new Refusal('IN_USE_BY_INVOICE', 'An invoice on this profile is not paid yet.', at, 'A39');
  if (use.prepaid) return new Refusal('IN_USE_BY_PREPAID', 'This profile holds prepaid money.', at, 'A39');
  if (use.payment) return new Refusal('IN_USE_BY_PAYMENT', 'A payment with this profile is under way.', at, 'A39');
  return null;
}
