import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { formatMinor } from '../../books/money/money.ts';
import type { Offer } from './kind.ts';
import type { Amounts } from './quoteTables.ts';

// What several quotes and steps of subscriptions answer alike, and `availableActions` says beforehand.

export const profileNotFound = (): Refusal =>
  new Refusal('PROFILE_NOT_FOUND', 'There is no such billing profile.', ['input', 'profileId'], 'A36');

export const changePaying = (): Refusal =>
  new Refusal(
    'CHANGE_UNDER_WAY',
    'Another change of this subscription is being paid for. Try again when it is through.',
    null,
    'A26',
  );

/** Says no more than the client knows: its partner pays, and does not show it with what (A41). */
export const paidBySomebodyElse = (): Refusal =>
  new Refusal('PROFILE_NOT_FOUND', 'Somebody else pays for this account, and makes this change.', ['input'], 'A41');

export const mayNotPay = (): Refusal =>
  new Refusal(
    'PROFILE_NOT_FOR_ACCOUNT',
    'A billing profile pays for its own account and for clients that granted BILLING to it.',
    ['input', 'profileId'],
    'A38',
  );

export const partnerPays = (): Refusal =>
  new Refusal(
    'PROFILE_NOT_FOR_ACCOUNT',
    'A partner pays for this account. A profile of its own can be chosen once the partner does not any more.',
    ['input', 'profileId'],
    'A41',
  );

export const accountCancelled = (field: string[] | null): Refusal<'ACCOUNT_CANCELLED'> =>
  new Refusal(
    'ACCOUNT_CANCELLED',
    'The account was cancelled: nothing new is sold or moved to it. What it still has runs to its end, and what can be renewed still can.',
    field,
    'A61',
  );

/**
 * What is left for the card is less than any card can be charged: said with the quote, and not when the charge fails.
 * Tells of the payer's prepaid money: for who may know of it.
 */
export class TooLittleForCard extends Refusal<'CARD_MINIMUM'> {
  readonly payerId: string;
  constructor(
    { settlement }: Pick<Offer, 'settlement'>,
    { prepaidApplied, chargedToday }: Amounts,
    { currency, minimum, payerId }: { currency: string; minimum: bigint; payerId: string },
  ) {
    const money = (minor: bigint): string => `${formatMinor({ minor, currency })} ${currency}`;
    const least = `A card cannot be charged less than ${money(minimum)}`;
    const rest =
      prepaidApplied === 0n ? 'This comes to' : `Beside ${money(prepaidApplied)} of prepaid money there would be left`;
    const sale = `${least}. ${rest} ${money(chargedToday)}, tax included: pay in prepaid money that covers all of it first.`;
    if (settlement === 'TOP_UP') super('CARD_MINIMUM', `${least}: pay in more.`, ['input', 'amount'], 'A64');
    else super('CARD_MINIMUM', sale, ['input'], 'A64');
    this.payerId = payerId;
  }
}
