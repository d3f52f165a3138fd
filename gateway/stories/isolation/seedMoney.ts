import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Answer, TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { serviceViewer } from '@comptoir/testing/viewers.ts';
import { expect } from '@jest/globals';
import { done } from '../people.ts';
import { mutation } from './seedTenant.ts';

/** A hundred TRACKER credits, 9.00 EUR: of the catalogue that every installation starts with. */
export const PACK_ID = '00000000-0000-7000-8004-000000000001';
/** STARTER of that catalogue. */
export const PLAN_ID = '00000000-0000-7000-8001-00000000000a';

/** What the provider sells is everybody's to read, and on no side. */
export const EVERYBODYS: Record<string, string> = { cataloguePlan: PLAN_ID, creditPack: PACK_ID };

/** What a side has of money, by which inputs are made good. */
export type Money = {
  /** The client's own. */
  profileId: string;
  walletId: string;
  invoiceId: string;
  paymentId: string;
  subscriptionId: string;
  /** Of a quote that can be committed without a card: the partner's, credits for the client that it resells to. */
  token: string;
  quoteId: string;
  batchId: string;
  migrationDiscountId: string;
};

type Side = {
  name: string;
  /** A client that pays for itself, brought by the partner. */
  owner: { token: string; accountId: string };
  partner: { token: string; accountId: string };
  /** A client that the partner pays for. */
  resoldId: string;
  staffToken: string;
};

const PLAN = { priceVersion: 'V3', product: 'MARKETING', contacts: 1000, frequency: 'MONTHLY', limits: [], addOns: [] };

/**
 * A client that pays for itself, a partner that pays for another client and is paid for both, the provider's staff:
 * every row that billing keeps of them comes about as it would in life, but for a month that has ended, a card that
 * failed on an invoice, and a purchase that a top-up tried.
 */
export async function seedMoney(installation: TestInstallation, side: Side): Promise<Money> {
  const { name, owner, partner, resoldId, staffToken } = side;
  const by =
    (token: string) =>
    async (field: string, selection: string, input: object): Promise<Answer['data']> =>
      await done(installation, mutation(field, selection), input, token);
  const [client, agency, staff] = [by(owner.token), by(partner.token), by(staffToken)];
  const eur = (amount: string) => ({ amount, currency: 'EUR' });
  let turn = 0;
  const next = (): string => `${name} ${++turn}`;

  const makeProfile = async (act: typeof client, what: string, card: string): Promise<string> => {
    const { profile } = await act('billingProfileCreate', 'profile { id }', {
      name: `${name} ${what}`,
      currency: 'EUR',
      email: `${what}@${name}.example`,
      legalName: `${name} ${what} SARL`,
      addressLines: [`1 rue ${name}`],
      country: 'FR',
    });
    await act('billingProfileCardSet', 'profile { id }', { profileId: profile.id, token: card });
    await staff('billingProfileTaxSet', 'profile { id }', { profileId: profile.id, taxBasisPoints: 2000 });
    return profile.id;
  };
  type Committed = { id: string; invoice: { id: string } | null; payment: { id: string } | null };
  const buy = async (act: typeof client, field: string, input: object): Promise<Committed> => {
    const { quote } = await act(field, 'quote { id token }', input);
    const asked = { token: quote.token, idempotencyKey: next() };
    return (await act('quoteCommit', 'quote { id invoice { id } payment { id } }', asked)).quote;
  };

  const seller = { legalName: 'Comptoir SA', addressLines: ['1 quai des Orfèvres'], country: 'FR', note: '' };
  await staff('sellerUpdate', 'seller { legalName }', { ...seller, timeZone: 'Europe/Paris' });

  // The partner brings the client, before anything is sold to it.
  await staff('commissionTermsSet', 'terms { basisPoints }', { partnerId: partner.accountId, basisPoints: 5000 });
  const { data } = await installation.ask('mutation { referralCodeRenew { referral { code } } }', {}, partner.token);
  const { errors } = await installation.subgraphs.billing.execute(
    {
      query:
        'mutation ($input: InternalReferralAttributeInput!) { internalReferralAttribute(input: $input) { accountId } }',
      variables: { input: { accountId: owner.accountId, code: data.referralCodeRenew.referral.code } },
    },
    serviceViewer('identity'),
  );
  expect(errors).toBeUndefined();
  await agency('payoutAddressSet', 'commissions { payoutAddress }', { email: `paypal@${name}.example` });

  // The client pays for itself.
  const profileId = await makeProfile(client, 'compta', 'tok_approved');
  const discount = { accountId: owner.accountId, payerId: owner.accountId, basisPoints: 1000 };
  const granted = await staff('migrationDiscountGrant', 'migrationDiscount { id }', discount);
  await buy(client, 'prepaidBuyQuote', { profileId, amount: eur('40.00') });
  const subscribe = { ...PLAN, accountId: owner.accountId, profileId, plan: 'ENTERPRISE', addOns: ['PIPELINES'] };
  const bought = await buy(client, 'subscriptionCreateQuote', subscribe);
  const further = await buy(client, 'creditsBuyQuote', { profileId, packId: PACK_ID, quantity: 20 });
  await staff('invoiceCredit', 'creditNote { id }', {
    invoiceId: further.invoice?.id,
    net: eur('10.00'),
    description: `${name} goodwill`,
    idempotencyKey: next(),
  });
  const without = await makeProfile(client, 'refused', 'tok_declined');
  const declined = await client('creditsBuyQuote', 'quote { token }', {
    profileId: without,
    packId: PACK_ID,
    quantity: 1,
  });
  const { quoteCommit } = (
    await installation.ask(
      mutation('quoteCommit', 'quote { id }'),
      { input: { token: declined.quote.token, idempotencyKey: next() } },
      owner.token,
    )
  ).data;
  expect(quoteCommit.userErrors).toMatchObject([{ code: 'PAYMENT_DECLINED' }]);
  await client('subscriptionChangeQuote', 'quote { id }', { accountId: owner.accountId, contacts: 2500 });
  const { data: own } = await installation.ask(
    '{ viewer { account { wallets { id kind } subscription { id } } } }',
    {},
    owner.token,
  );
  const { wallets, subscription } = own.viewer.account;
  const walletId = wallets.find(({ kind }: { kind: string }) => kind === 'TRACKER').id;
  await client('walletAlertSet', 'wallet { id }', { walletId, below: 1 });
  const topUp = { walletId, below: 1, packId: PACK_ID, quantity: 1, profileId, monthlyCap: eur('500.00') };
  await client('walletTopUpSet', 'wallet { id }', topUp);

  // The partner pays for the client that it resells to, at its own price.
  await staff('resellerDiscountSet', 'resellerDiscount { basisPoints }', {
    accountId: partner.accountId,
    basisPoints: 2500,
  });
  const agencyProfile = await makeProfile(agency, 'agence', 'tok_approved');
  await buy(agency, 'prepaidBuyQuote', { profileId: agencyProfile, earmarkId: resoldId, amount: eur('12.00') });
  await buy(agency, 'prepaidBuyQuote', { profileId: agencyProfile, amount: eur('7.00') });
  const resell = { ...PLAN, accountId: resoldId, profileId: agencyProfile, plan: 'PLUS' };
  await buy(agency, 'subscriptionCreateQuote', resell);
  await buy(agency, 'prepaidBuyQuote', { profileId: agencyProfile, earmarkId: resoldId, amount: eur('5.00') });
  await buy(agency, 'creditsBuyQuote', { profileId: agencyProfile, packId: PACK_ID, quantity: 1 });
  const allocate = { fromAccountId: partner.accountId, toAccountId: resoldId, kind: 'TRACKER', credits: 30 };
  await buy(agency, 'creditsAllocateQuote', allocate);
  await agency('creditsTakeBack', 'wallet { id }', {
    accountId: resoldId,
    kind: 'TRACKER',
    credits: 10,
    idempotencyKey: next(),
  });
  const open = await agency('creditsAllocateQuote', 'quote { id token }', { ...allocate, credits: 1 });

  const past = await endMonth(installation, partner.accountId);
  const payout = { month: past, currency: 'EUR', idempotencyKey: next() };
  const { batch } = await staff('commissionPayoutExport', 'batch { id }', payout);
  await failPayments(installation, {
    profileId,
    accountId: owner.accountId,
    walletId,
    invoiceId: bought.invoice?.id as string,
  });
  return {
    profileId,
    walletId,
    invoiceId: bought.invoice?.id as string,
    paymentId: bought.payment?.id as string,
    subscriptionId: subscription.id,
    token: open.quote.token,
    quoteId: open.quote.id,
    batchId: batch.id,
    migrationDiscountId: granted.migrationDiscount.id,
  };
}

/**
 * What the partner has earned so far becomes that of the month before, in the books too; its statement is closed. Gives
 * that month.
 */
async function endMonth({ admin }: TestInstallation, partnerId: string): Promise<string> {
  const { rows } = await admin.query(
    `select to_char(now() at time zone 'UTC' - interval '1 month', 'YYYY-MM') as month`,
  );
  const { month } = rows[0];
  await admin.query(
    `update billing.ledger_transaction set cause = cause || jsonb_build_object('month', $2::text)
     where type in ('COMMISSION', 'COMMISSION_REVERSAL') and cause ->> 'partnerId' = $1`,
    [partnerId, month],
  );
  await admin.query('update billing.commission_line set month = $2 where partner_id = $1', [partnerId, month]);
  await admin.query(
    `insert into billing.commission_statement (id, partner_id, currency, month, earned, reversed, lines, closed_at)
     select $3, $1, currency, month, coalesce(sum(amount) filter (where kind = 'EARNED'), 0),
            coalesce(-sum(amount) filter (where kind = 'REVERSED'), 0), count(*), now()
     from billing.commission_line where partner_id = $1 and month = $2 group by currency, month`,
    [partnerId, month, newId()],
  );
  return month;
}

/** A card that did not pay an invoice, which was paid by now, and a purchase of a top-up that came to nothing. */
async function failPayments(
  { admin }: TestInstallation,
  { profileId, accountId, walletId, invoiceId }: Record<'profileId' | 'accountId' | 'walletId' | 'invoiceId', string>,
): Promise<void> {
  await admin.query(
    `insert into billing.payment (id, profile_id, account_id, currency, amount_minor, purpose, purpose_id, description, present, customer, method,
                                  state, decline, created_at, settled_at)
     select $1, $2, $3, currency, gross, 'INVOICE', id, number, false, 'a customer', 'a card', 'DECLINED', 'CARD_DECLINED', now(), now()
     from billing.invoice where id = $4`,
    [newId(), profileId, accountId, invoiceId],
  );
  await admin.query(
    `insert into billing.invoice_dunning (invoice_id, profile_id, payer_id, account_id, number, failures, next_attempt_at, state)
     select id, profile_id, payer_id, account_id, number, 1, null, 'PAID' from billing.invoice where id = $1`,
    [invoiceId],
  );
  await admin.query(
    `insert into billing.wallet_top_up_purchase (id, wallet_id, month, amount, currency, state, failure, asked_at, ended_at)
     values ($1, $2, '2026-01', 900, 'EUR', 'FAILED', 'PAYMENT_DECLINED', now(), now())`,
    [newId(), walletId],
  );
}

/** Of the local side, by what a field is about: whose subscription, whose discount, whose credits. */
type Local = { accountId: string; partnerId: string; resoldId: string; money: Money };

/** Words that billing's inputs want, by the name of the place. */
const WORDS: Record<string, string> = {
  packId: PACK_ID,
  planId: PLAN_ID,
  addOns: 'PIPELINES',
  country: 'FR',
  month: '2026-01',
  plan: 'PLUS',
  priceVersion: 'V3',
  product: 'MARKETING',
  timeZone: 'Europe/Paris',
};

/** As `goodValue`, for inputs about money. */
export function goodMoney({ accountId, partnerId, resoldId, money }: Local, path: string, field: string): unknown {
  const name = path.split('.').at(-1) as string;
  if (name === 'token' && field === 'billingProfileCardSet') return 'tok_approved';
  if (name in money) return money[name as keyof Money];
  if (name === 'item') return field === 'cataloguePriceSet' ? '1000' : 'EMAIL_SENDS';
  if (WORDS[name] !== undefined) return WORDS[name];
  if (name === 'contacts') return 1000;
  if (name === 'value') return 30_000;
  if (name === 'kind' && field.startsWith('credit')) return 'TRACKER';
  if (name === 'amount' && path.includes('monthlyCap')) return '900.00';
  if (field === 'prepaidEarmark') return name === 'toAccountId' ? accountId : undefined;
  if (name === 'fromAccountId') return partnerId;
  if (name === 'toAccountId') return resoldId;
  if (name === 'payerId') return accountId;
  if (name !== 'accountId') return undefined;
  if (field === 'creditsTakeBack') return resoldId;
  if (field === 'resellerDiscountSet') return partnerId;
  return /^(subscription|billingProfile|migration|creditsGrant|accountTimeZone)/.test(field) ? accountId : undefined;
}
