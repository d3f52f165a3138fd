import { openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, mailedToken, ok, PASSWORD, type Person, signUp } from './people.ts';

/**
 * A partner brings a client by its link: the client pays itself, the partner earns, and what the client cancels is not
 * renewed.
 */
let installation: TestInstallation;
let lou: Person;
beforeAll(async () => {
  installation = await openTestInstallation();
  lou = await signUp(installation, 'lou@agence.example', 'Agence Lumière');
  await installation.admin.query(`update accounts.account set kind = 'PARTNER' where id = $1`, [lou.accountId]);
});
afterAll(() => installation.stop());

const RENEW =
  'mutation { referralCodeRenew { referral { code url clients { nodes { account { id } } } } userErrors { code } } }';
const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { mailTo userErrors { code } } }';
const COMPLETE = `mutation ($input: SignUpCompleteInput!) { signUpComplete(input: $input) {
  session { accessToken membership { id accountId } } userErrors { code } } }`;
const PROFILE =
  'mutation ($input: BillingProfileCreateInput!) { billingProfileCreate(input: $input) { profile { id } userErrors { code message } } }';
const CARD =
  'mutation ($input: BillingProfileCardSetInput!) { billingProfileCardSet(input: $input) { profile { id } userErrors { code } } }';
const QUOTE = `mutation ($input: SubscriptionCreateQuoteInput!) { subscriptionCreateQuote(input: $input) { quote { token } userErrors { code message } } }`;
const CHANGE = `mutation ($input: SubscriptionChangeQuoteInput!) { subscriptionChangeQuote(input: $input) { userErrors { code } } }`;
const PAY_IN = `mutation ($input: PrepaidBuyQuoteInput!) { prepaidBuyQuote(input: $input) { userErrors { code } } }`;
const COMMIT = `mutation ($input: QuoteCommitInput!) { quoteCommit(input: $input) { quote { state invoice { net { amount } } } userErrors { code message } } }`;
const ZONE =
  'mutation ($input: AccountTimeZoneSetInput!) { accountTimeZoneSet(input: $input) { account { timeZone } userErrors { code } } }';
const CANCEL =
  'mutation ($input: AccountCancelInput!) { accountCancel(input: $input) { account { status } userErrors { code } } }';
const EARNED = `query ($id: ID!) { account(id: $id) { referral { clients { nodes { account { id } } } } commissions {
  owed { amount currency } lines { nodes { kind amount { amount } } } } } }`;
const SUBSCRIPTION = 'query ($id: ID!) { account(id: $id) { timeZone subscription { status } } }';

let code: string;
let client: { token: string; accountId: string };
let profileId: string;

test('A74 Lou shares a link; a baker signs up through it, and is hers', async () => {
  const { data } = await installation.ask(RENEW, {}, lou.token);
  const { referral } = data.referralCodeRenew;
  code = referral.code;
  expect(referral.url).toBe(`http://comptoir.localhost/join?ref=${code}`);

  const email = 'marie@boulangerie.example';
  await done(
    installation,
    SIGN_UP,
    { email, accountName: 'Boulangerie Martin', language: 'FR', referralCode: code },
    null,
  );
  const input = { token: await mailedToken(installation, email), password: PASSWORD };
  const { session } = await done(installation, COMPLETE, input, null);
  client = { token: session.accessToken, accountId: session.membership.accountId };
  await until(async () => {
    const answer = await installation.ask(EARNED, { id: lou.accountId }, lou.token);
    return answer.data.account.referral.clients.nodes.length === 1;
  }, 'the client to be on its partner’s list');
});

test('A18 A76 F11 she sets her time zone and pays for herself; Lou earns her share, and nobody else sees it', async () => {
  await done(installation, ZONE, { timeZone: 'Europe/Paris' }, client.token);
  const { profile } = await done(
    installation,
    PROFILE,
    {
      name: 'Boulangerie',
      currency: 'EUR',
      email: 'compta@boulangerie.example',
      legalName: 'Boulangerie Martin SARL',
      addressLines: ['1 rue du Four', '75006 Paris'],
      country: 'FR',
    },
    client.token,
  );
  profileId = profile.id;
  await done(installation, CARD, { profileId, token: 'tok_approved' }, client.token);
  const plan = { priceVersion: 'V3', product: 'MARKETING', plan: 'PLUS', contacts: 1000, frequency: 'MONTHLY' };
  const asked = { accountId: client.accountId, profileId: profile.id, ...plan };
  const { quote } = await done(installation, QUOTE, asked, client.token);
  const committed = await done(installation, COMMIT, { token: quote.token, idempotencyKey: 'plus' }, client.token);
  expect(committed.quote).toEqual({ state: 'COMMITTED', invoice: { net: { amount: '49.00' } } });

  const mine = await installation.ask(EARNED, { id: lou.accountId }, lou.token);
  expect(mine.errors).toBeUndefined();
  expect(mine.data.account.commissions).toEqual({
    owed: [{ amount: '9.80', currency: 'EUR' }],
    lines: { nodes: [{ kind: 'EARNED', amount: { amount: '9.80' } }] },
  });
  const hers = await installation.ask(EARNED, { id: lou.accountId }, client.token);
  expect(hers.data.account).toBeNull();
});

test('A61 she cancels her account: what she paid for runs to its end and is not renewed', async () => {
  const before = await installation.ask(SUBSCRIPTION, { id: client.accountId }, client.token);
  expect(before.data.account).toEqual({ timeZone: 'Europe/Paris', subscription: { status: 'ACTIVE' } });
  expect((await ok(installation, CANCEL, { reason: 'We close our shop' }, client.token)).userErrors).toEqual([]);
  // From that commit on nothing new is sold for it.
  const { data } = await installation.ask(
    CHANGE,
    { input: { accountId: client.accountId, plan: 'PROFESSIONAL' } },
    client.token,
  );
  expect(['ACCOUNT_CANCELLED', 'SUBSCRIPTION_CANCELLED']).toContain(data.subscriptionChangeQuote.userErrors[0]?.code);
  const buy = { input: { profileId, amount: { amount: '10.00', currency: 'EUR' } } };
  expect((await installation.ask(PAY_IN, buy, client.token)).data.prepaidBuyQuote.userErrors).toEqual([
    { code: 'ACCOUNT_CANCELLED' },
  ]);
  await until(async () => {
    const { data } = await installation.ask(SUBSCRIPTION, { id: client.accountId }, client.token);
    return data.account.subscription.status === 'CANCELLED';
  }, 'the subscription to be cancelled');
});
