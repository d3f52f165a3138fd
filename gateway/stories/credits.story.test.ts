import { newId } from '@comptoir/shared/values/uuid.ts';
import { type Answer, openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, hireStaff, ok, type Person, signUp } from './people.ts';

/**
 * A partner buys credits, hands them on to a client, sees them used, takes the rest back, and is warned before they run
 * out. Steps build on each other.
 */
let installation: TestInstallation;
let agency: Person;
let bakery: Person;
let packId: string;
let profileId: string;
let trackerId: string;

const CONVERT = `mutation ($input: AccountConvertToPartnerInput!) { accountConvertToPartner(input: $input) { userErrors { code } } }`;
const REQUEST = `mutation ($input: PartnershipRequestInput!) { partnershipRequest(input: $input) { partnership { id } userErrors { code } } }`;
const ACCEPT = `mutation ($input: PartnershipAcceptInput!) { partnershipAccept(input: $input) { userErrors { code } } }`;
const PROFILE = `mutation ($input: BillingProfileCreateInput!) { billingProfileCreate(input: $input) { profile { id } userErrors { code } } }`;
const CARD = `mutation ($input: BillingProfileCardSetInput!) { billingProfileCardSet(input: $input) { userErrors { code } } }`;
const PACKS = `{ creditPacks(kind: TRACKER) { nodes { id credits prices { amount currency } } } }`;
const BUY = `mutation ($input: CreditsBuyQuoteInput!) { creditsBuyQuote(input: $input) { quote { token chargedToday { amount } } userErrors { code } } }`;
const ALLOCATE = `mutation ($input: CreditsAllocateQuoteInput!) { creditsAllocateQuote(input: $input) { quote { token } userErrors { code } } }`;
const COMMIT = `mutation ($input: QuoteCommitInput!) { quoteCommit(input: $input) { quote { state } userErrors { code } } }`;
const TAKE_BACK = `mutation ($input: CreditsTakeBackInput!) { creditsTakeBack(input: $input) { wallet { balance } userErrors { code } } }`;
const TRACKER = `mutation ($input: TrackerCreateInput!) { trackerCreate(input: $input) { tracker { id } userErrors { code } } }`;
const ACTIVATE = `mutation ($input: TrackersActivateInput!) { trackersActivate(input: $input) { userErrors { code } } }`;
const RECORD = `mutation ($input: EventsRecordInput!) { eventsRecord(input: $input) { accepted userErrors { code } } }`;
const ALERT = `mutation ($input: WalletAlertSetInput!) { walletAlertSet(input: $input) { wallet { alert { armed } } userErrors { code } } }`;
const HISTORY = `query ($id: ID!) { account(id: $id) { creditMovements { nodes { type credits from { name } to { name } by { displayName } } } } }`;
const WALLETS = `query ($id: ID!) { account(id: $id) { wallets { id kind balance forecast { creditsPerDay } } } }`;
const OUTLOOK = `query ($id: ID!) { tracker(id: $id) { creditForecast { creditsPerDay basedOnDays } creditsRunOutAt } }`;

beforeAll(async () => {
  installation = await openTestInstallation();
  const staff = await hireStaff(installation, 'staff@provider.example');
  agency = await signUp(installation, 'lou@agence.example', 'Agence Lumière');
  bakery = await signUp(installation, 'marie@boulangerie.example', 'Boulangerie Martin');
  await done(installation, CONVERT, { accountId: agency.accountId }, staff.token);
  const areas = [
    { area: 'BILLING', verb: 'WRITE' },
    { area: 'TRACKERS', verb: 'READ' },
  ];
  const { partnership } = await done(installation, REQUEST, { clientId: bakery.accountId, areas }, agency.token);
  await done(installation, ACCEPT, { partnershipId: partnership.id }, bakery.token);
});
afterAll(() => installation.stop());

const see = async (query: string, id: string, who: Person): Promise<Answer['data']> => {
  const { data, errors } = await installation.ask(query, { id }, who.token);
  expect(errors).toBeUndefined();
  return data;
};
const wallet = async (of: Person, who = of): Promise<Answer['data']> =>
  (await see(WALLETS, of.accountId, who)).account.wallets.find(({ kind }: { kind: string }) => kind === 'TRACKER');
const commit = (token: string): Promise<Answer['data']> =>
  done(installation, COMMIT, { token, idempotencyKey: newId() }, agency.token);

test('A63 the partner buys credits with its own card', async () => {
  const address = { legalName: 'Agence Lumière SAS', addressLines: ['1 rue des Lilas', '75020 Paris'], country: 'FR' };
  const input = { name: 'Main', currency: 'EUR', email: 'compta@agence.example', ...address };
  profileId = (await done(installation, PROFILE, input, agency.token)).profile.id;
  await done(installation, CARD, { profileId, token: 'tok_approved' }, agency.token);
  const packs = (await installation.ask(PACKS, {}, agency.token)).data.creditPacks.nodes;
  packId = packs.find(({ credits }: { credits: number }) => credits === 100).id;
  const { quote } = await done(installation, BUY, { profileId, packId, quantity: 2 }, agency.token);
  expect(quote.chargedToday).toEqual({ amount: '18.00' });
  expect((await commit(quote.token)).quote.state).toBe('COMMITTED');
  expect((await wallet(agency)).balance).toBe(300);
});

test('A63 A68 it hands some on to its client; both read it, each in its own history', async () => {
  const asked = { fromAccountId: agency.accountId, toAccountId: bakery.accountId, kind: 'TRACKER', credits: 150 };
  const { quote } = await done(installation, ALLOCATE, asked, agency.token);
  await commit(quote.token);
  expect([(await wallet(agency)).balance, (await wallet(bakery)).balance]).toEqual([150, 250]);
  const [given] = (await see(HISTORY, agency.accountId, agency)).account.creditMovements.nodes;
  expect(given).toEqual({
    type: 'ALLOCATE',
    credits: -150,
    from: { name: 'Agence Lumière' },
    to: { name: 'Boulangerie Martin' },
    by: { displayName: expect.any(String) },
  });
  const [got] = (await see(HISTORY, bakery.accountId, bakery)).account.creditMovements.nodes;
  // Who at the partner did it is the partner's business.
  expect(got).toEqual({ ...given, credits: 150, by: null });
});

test('N17 what a tracker consumes, and when the credits that pay for it run out', async () => {
  const { tracker } = await done(installation, TRACKER, { name: 'Door', kind: 'QR_CODE' }, bakery.token);
  trackerId = tracker.id;
  await done(installation, ACTIVATE, { trackerIds: [trackerId] }, bakery.token);
  const events = Array.from({ length: 50 }, (_, n) => ({ eventId: `scan ${n}`, trackerId, kind: 'SCAN' }));
  expect((await ok(installation, RECORD, { events }, bakery.token)).accepted).toBe(50);
  const before = Date.now();
  const { tracker: seen } = await see(OUTLOOK, trackerId, bakery);
  expect(seen.creditForecast).toEqual({ creditsPerDay: 50, basedOnDays: 1 });
  // 200 credits are left, 50 go a day.
  const days = (new Date(seen.creditsRunOutAt).getTime() - before) / 86_400_000;
  expect(days).toBeGreaterThan(3.99);
  expect(days).toBeLessThan(4.01);
  expect((await wallet(bakery)).forecast).toEqual({ creditsPerDay: 50 });
});

test('A69 the partner takes back what is unspent of it, and is mailed when the balance of the client is low', async () => {
  const { id: walletId } = await wallet(bakery, agency);
  await done(installation, ALERT, { walletId, below: 60 }, agency.token);
  const asked = { accountId: bakery.accountId, kind: 'TRACKER', credits: 150, idempotencyKey: newId() };
  expect((await done(installation, TAKE_BACK, asked, agency.token)).wallet.balance).toBe(300);
  expect((await wallet(bakery)).balance).toBe(50);
  const mail = await installation.mailbox.waitFor(agency.email, ({ subject }) => subject.includes('TRACKER'));
  expect(mail.subject).toBe('Il reste 50 crédits TRACKER à Boulangerie Martin');
});
