import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { LocalSubgraphs } from '../installation/installation.ts';
import { must } from '../seed/execute.ts';

type Subgraphs = Pick<LocalSubgraphs, 'billing'>;
type Quoted = { quote: { token: string } };

/** What the partner's first clients have subscribed to. */
const SOLD = [
  { plan: 'PLUS', contacts: 1000, frequency: 'MONTHLY', addOns: ['PIPELINES'] },
  { plan: 'STARTER', contacts: 1000, frequency: 'MONTHLY' },
  { plan: 'PROFESSIONAL', contacts: 2500, frequency: 'ANNUAL' },
];

/**
 * The partner's billing profile with a card of the test provider, prepaid money, plans for three clients, and SMS
 * credits of which a part is with the first.
 */
export async function seedBilling(
  { billing }: Subgraphs,
  { staff, partner, clients }: { staff: PersonViewer; partner: PersonViewer; clients: readonly PersonViewer[] },
): Promise<void> {
  const { accountId } = partner;
  await must(billing, DISCOUNT, { input: { accountId, basisPoints: 2_000 } }, staff);
  const { profile } = await must<{ profile: { id: string } }>(billing, PROFILE, { input: BUYER }, partner);
  const profileId = profile.id;
  // Plainly the test provider's: no card has such a token, and production refuses the provider.
  await must(billing, CARD, { input: { profileId, token: 'tok_approved' } }, partner);

  let number = 0;
  const commit = async ({ quote }: Quoted): Promise<void> => {
    number += 1;
    await must(billing, COMMIT, { input: { token: quote.token, idempotencyKey: `demo-${number}` } }, partner);
  };
  const [first] = clients as [PersonViewer];
  const amount = { amount: '150.00', currency: 'EUR' };
  await commit(
    await must<Quoted>(billing, PREPAID, { input: { profileId, earmarkId: first.accountId, amount } }, partner),
  );
  for (const [at, sold] of SOLD.entries()) {
    const input = { accountId: clients[at]?.accountId, profileId, priceVersion: 'V3', product: 'MARKETING', ...sold };
    await commit(await must<Quoted>(billing, SUBSCRIBE, { input }, partner));
  }
  const { nodes } = await must<{ nodes: { id: string; kind: string; credits: number }[] }>(billing, PACKS, {}, partner);
  const sms = nodes.find(({ kind }) => kind === 'SMS');
  if (sms === undefined) throw new Error('The catalogue has no SMS credits.');
  await commit(await must<Quoted>(billing, BUY, { input: { profileId, packId: sms.id, quantity: 1 } }, partner));
  const moved = { fromAccountId: accountId, toAccountId: first.accountId, kind: 'SMS', credits: sms.credits / 2 };
  await commit(await must<Quoted>(billing, ALLOCATE, { input: moved }, partner));
}

const BUYER = {
  name: 'Agence Lumière',
  currency: 'EUR',
  email: 'compta@agence-lumiere.example',
  legalName: 'Agence Lumière SARL',
  addressLines: ['12 quai Saint-Antoine', '69002 Lyon'],
  country: 'FR',
};

const quoted = (field: string): string =>
  `mutation ($input: ${field[0]?.toUpperCase()}${field.slice(1)}Input!) { ${field}(input: $input) { quote { token } userErrors { message } } }`;
const PREPAID = quoted('prepaidBuyQuote');
const SUBSCRIBE = quoted('subscriptionCreateQuote');
const BUY = quoted('creditsBuyQuote');
const ALLOCATE = quoted('creditsAllocateQuote');
const COMMIT =
  'mutation ($input: QuoteCommitInput!) { quoteCommit(input: $input) { quote { state } userErrors { message } } }';
const DISCOUNT =
  'mutation ($input: ResellerDiscountSetInput!) { resellerDiscountSet(input: $input) { userErrors { message } } }';
const PROFILE =
  'mutation ($input: BillingProfileCreateInput!) { billingProfileCreate(input: $input) { profile { id } userErrors { message } } }';
const CARD =
  'mutation ($input: BillingProfileCardSetInput!) { billingProfileCardSet(input: $input) { userErrors { message } } }';
const PACKS = '{ creditPacks(first: 100) { nodes { id kind credits } } }';
