/**
 * What follows the two letters in the countries of the EU, and in Northern Ireland. Form only: whether it is
 * somebody's, only the country knows.
 */
const FORMS: Record<string, RegExp> = {
  AT: /^U\d{8}$/,
  BE: /^[01]\d{9}$/,
  BG: /^\d{9,10}$/,
  CY: /^\d{8}[A-Z]$/,
  CZ: /^\d{8,10}$/,
  DE: /^\d{9}$/,
  DK: /^\d{8}$/,
  EE: /^\d{9}$/,
  EL: /^\d{9}$/,
  ES: /^[A-Z0-9]\d{7}[A-Z0-9]$/,
  FI: /^\d{8}$/,
  FR: /^[A-HJ-NP-Z0-9]{2}\d{9}$/,
  HR: /^\d{11}$/,
  HU: /^\d{8}$/,
  IE: /^\d[A-Z0-9+*]\d{5}[A-Z]{1,2}$/,
  IT: /^\d{11}$/,
  LT: /^(\d{9}|\d{12})$/,
  LU: /^\d{8}$/,
  LV: /^\d{11}$/,
  MT: /^\d{8}$/,
  NL: /^[A-Z0-9+*]{12}$/,
  PL: /^\d{10}$/,
  PT: /^\d{9}$/,
  RO: /^\d{2,10}$/,
  SE: /^\d{12}$/,
  SI: /^\d{8}$/,
  SK: /^\d{10}$/,
  XI: /^(\d{9}|\d{12}|GD\d{3}|HA\d{3})$/,
};

/**
 * The VAT id in capitals without spaces, dots and dashes; null when it cannot be one. Countries without a known form
 * take 2 to 18 letters and digits.
 */
export function readVatId(text: string): string | null {
  if (text.length > 40) return null;
  const id = text.toUpperCase().replace(/[\s.-]/g, '');
  const match = /^([A-Z]{2})([A-Z0-9+*]{2,18})$/.exec(id);
  if (match === null) return null;
  const [, country = '', rest = ''] = match;
  const form = FORMS[country];
  return form === undefined || form.test(rest) ? id : null;
}
