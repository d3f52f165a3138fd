import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { GraphQLError } from 'graphql';
import type { AccountRow } from './accountTables.ts';

export const NOT_A_PARTNER =
  'This account is not a partner. Ask the provider to convert it into one with `partnerConversionRequest`.';

/** What only partners have answers like this on every other account (U07). */
export function notAPartner(): GraphQLError {
  return new GraphQLError(NOT_A_PARTNER, { extensions: { code: 'NOT_A_PARTNER', rule: 'U07' } });
}

/** Conversion into a partner (U01): of a client account, once; repeating it is no error. */
export function convertToPartner(account: AccountRow): AccountRow | Refusal<'ACCOUNT_IS_PROVIDER'> {
  if (account.kind === 'PROVIDER') {
    return new Refusal(
      'ACCOUNT_IS_PROVIDER',
      'The provider’s own account cannot become a partner.',
      ['input', 'accountId'],
      'U01',
    );
  }
  return { ...account, kind: 'PARTNER' };
}

/** Cancellation (A61): of any account but the provider's; cancelling again changes nothing. */
export function cancel(account: AccountRow, now: Date): AccountRow | Refusal<'ACCOUNT_IS_PROVIDER'> {
  if (account.kind === 'PROVIDER') {
    return new Refusal(
      'ACCOUNT_IS_PROVIDER',
      'The provider’s own account cannot be cancelled.',
      ['input', 'accountId'],
      'A61',
    );
  }
  return account.status === 'CANCELLED' ? account : { ...account, status: 'CANCELLED', cancelledAt: now };
}
