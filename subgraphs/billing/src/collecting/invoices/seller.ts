import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { isLine } from '@comptoir/shared/values/text.ts';
import type { Seller } from './invoiceTables.ts';

export type SellerRefusal = Refusal<'TEXT_NOT_READABLE' | 'COUNTRY_UNKNOWN' | 'TIME_ZONE_UNKNOWN'>;

/** True for text of so many characters that a page can show: no control characters, no half of a surrogate pair. */
export const isPrintable = (text: string, least: number, most: number): boolean =>
  text.length <= most && text.trim().length >= least && isLine(text);

const REGIONS = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/** Whether this can stand on invoices as the seller; null when it can. */
export function refusesSeller(seller: Seller): SellerRefusal | null {
  const { legalName, addressLines, vatId, note, country, timeZone } = seller;
  const unreadable = (name: string, most: number): SellerRefusal =>
    new Refusal('TEXT_NOT_READABLE', `Write it in at most ${most} characters, without line breaks.`, ['input', name]);
  if (!isPrintable(legalName, 1, 200)) return unreadable('legalName', 200);
  if (addressLines.length > 6 || addressLines.some((line) => !isPrintable(line, 1, 200))) {
    return new Refusal('TEXT_NOT_READABLE', 'An address has at most 6 lines of 1 to 200 characters.', [
      'input',
      'addressLines',
    ]);
  }
  if (vatId !== null && !isPrintable(vatId, 1, 30)) return unreadable('vatId', 30);
  if (!isPrintable(note, 0, 500)) return unreadable('note', 500);
  if (!/^[A-Z]{2}$/.test(country) || REGIONS.of(country) === undefined) {
    return new Refusal('COUNTRY_UNKNOWN', 'A country is two capitals of ISO 3166, for example FR.', [
      'input',
      'country',
    ]);
  }
  return isTimeZone(timeZone)
    ? null
    : new Refusal('TIME_ZONE_UNKNOWN', 'A time zone is an IANA name, for example Europe/Paris.', ['input', 'timeZone']);
}

const ZONES: ReadonlySet<string> = new Set(['UTC', ...Intl.supportedValuesOf('timeZone')]);
const isTimeZone = (name: string): boolean => ZONES.has(name);
