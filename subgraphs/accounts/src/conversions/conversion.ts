import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { AccountRow } from '../accounts/accountTables.ts';
import type { ConversionRow } from './conversionTables.ts';

export type RequestRefusal = Refusal<'ACCOUNT_IS_PROVIDER' | 'ALREADY_A_PARTNER' | 'ACCOUNT_CANCELLED'>;

/** Whether an account may ask to become a partner (U02); null when it may. */
export function refusesRequest({ kind, status }: Pick<AccountRow, 'kind' | 'status'>): RequestRefusal | null {
  if (kind === 'PROVIDER') {
    return new Refusal('ACCOUNT_IS_PROVIDER', 'The provider’s own account cannot become a partner.', null, 'U01');
  }
  if (kind === 'PARTNER') return new Refusal('ALREADY_A_PARTNER', 'This account is a partner already.', null, 'U01');
  if (status === 'CANCELLED') {
    return new Refusal('ACCOUNT_CANCELLED', 'A cancelled account cannot become a partner.', null, 'A61');
  }
  return null;
}

/** Whether staff may still answer a request; null when they may. */
export function refusesAnswer({ status }: Pick<ConversionRow, 'status'>): Refusal<'NOT_WAITING'> | null {
  if (status === 'REQUESTED') return null;
  return new Refusal('NOT_WAITING', `This request is ${status} already.`, ['input', 'conversionId'], 'U02');
}

/** A text without blanks around it, of so many characters that can be stored; null when it is none. */
export function readText(text: string, least: number, most: number): string | null {
  const trimmed = text.trim();
  const length = [...trimmed].length;
  const fits = length >= least && length <= most;
  return fits && trimmed.isWellFormed() && !/[^\P{Cc}\n\r\t]/u.test(trimmed) ? trimmed : null;
}
