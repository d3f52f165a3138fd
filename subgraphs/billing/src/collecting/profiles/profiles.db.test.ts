import { newId } from '@comptoir/shared/values/uuid.ts';
import { ALL_AREAS } from '@comptoir/shared/viewer/areas.ts';
import { personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type BillingFixture, startBilling } from '../../testing/billingFixture.ts';

const CREATE = `mutation ($input: BillingProfileCreateInput!) { billingProfileCreate(input: $input) {
  profile { id name currency email legalName addressLines country vatId taxBasisPoints card { lastFour } account { id } } userErrors { code rule field } } }`;
const UPDATE = `mutation ($input: BillingProfileUpdateInput!) { billingProfileUpdate(input: $input) {
  profile { name vatId addressLines currency } userErrors { code } } }`;
const DELETE = `mutation ($input: BillingProfileDeleteInput!) { billingProfileDelete(input: $input) {
  profile { id deletedAt card { lastFour } } userErrors { code rule } } }`;
const CARD = `mutation ($input: BillingProfileCardSetInput!) { billingProfileCardSet(input: $input) {
  profile { card { brand lastFour expiryMonth expiryYear } } userErrors { code rule } } }`;
const TAX = `mutation ($input: BillingProfileTaxSetInput!) { billingProfileTaxSet(input: $input) {
  profile { taxBasisPoints } userErrors { code } } }`;
const LIST = `query ($ids: [_Any!]!, $after: String) { _entities(representations: $ids) { ... on Account {
  billingProfiles(first: 2, after: $after) { nodes { id name } pageInfo { hasNextPage endCursor } } } } }`;

export const FACTS = {
  name: 'Head office',
  currency: 'EUR',
  email: 'billing@agency.example',
  legalName: 'Agence Exemple SARL',
  addressLines: ['1 rue de la Paix', '75002 Paris'],
  country: 'FR',
  vatId: 'FR 12 345 678 901',
};

let billing: BillingFixture;
beforeAll(async () => {
  billing = await startBilling();
});
afterAll(() => billing.stop());

async function run(query: string, input: object, viewer: ReturnType<typeof personViewer>): Promise<Answer> {
  const { data, errors } = await billing.execute(query, { input }, viewer);
  if (errors !== undefined) return { errors };
  return Object.values(data as Answer)[0];
}

async function agency(): Promise<{ viewer: ReturnType<typeof personViewer>; profileId: string }> {
  const viewer = personViewer({ accountId: newId() });
  const { profile } = await run(CREATE, FACTS, viewer);
  return { viewer, profileId: profile.id };
}

test('A36 a profile is added to the active account, with a VAT id in one spelling and no tax until staff set one', async () => {
  const viewer = personViewer({ accountId: newId() });
  const { profile, userErrors } = await run(CREATE, FACTS, viewer);
  expect(userErrors).toEqual([]);
  expect(profile).toEqual({
    ...FACTS,
    id: expect.any(String),
    vatId: 'FR12345678901',
    taxBasisPoints: 0,
    card: null,
    account: { id: viewer.accountId },
  });
});

test.each<{ change: object; code: string }>`
  change                                                   | code
  ${{ name: ' ' }}                                         | ${'NAME_NOT_READABLE'}
  ${{ name: 'x'.repeat(201), currency: 'XXX' }}            | ${'NAME_NOT_READABLE'}
  ${{ currency: 'eur', email: 'no' }}                      | ${'CURRENCY_NOT_KNOWN'}
  ${{ email: 'no', legalName: '' }}                        | ${'EMAIL_NOT_READABLE'}
  ${{ email: 'a@b.example\r\nBcc: c@d.example' }}          | ${'EMAIL_NOT_READABLE'}
  ${{ legalName: 'a\0b' }}                                 | ${'LEGAL_NAME_NOT_READABLE'}
  ${{ addressLines: [], country: 'FRA' }}                  | ${'ADDRESS_NOT_READABLE'}
  ${{ addressLines: ['1', '2', '3', '4', '5', '6', '7'] }} | ${'ADDRESS_NOT_READABLE'}
  ${{ addressLines: ['half \ud800 of a pair'] }}           | ${'ADDRESS_NOT_READABLE'}
  ${{ country: 'ZQ' }}                                     | ${'COUNTRY_NOT_READABLE'}
  ${{ vatId: 'FR1' }}                                      | ${'VAT_ID_NOT_READABLE'}
`('A36 what cannot stand on an invoice is refused: $change gives $code', async ({ change, code }) => {
  const { profile, userErrors } = await run(CREATE, { ...FACTS, ...change }, personViewer({ accountId: newId() }));
  expect({ profile, codes: userErrors.map((error: Answer) => error.code) }).toEqual({ profile: null, codes: [code] });
});

test('A36 what is left out of a change stays; the VAT id can be taken away, the currency cannot be changed', async () => {
  const { viewer, profileId } = await agency();
  const renamed = await run(UPDATE, { profileId, name: 'Branch' }, viewer);
  expect(renamed.profile).toEqual({
    name: 'Branch',
    vatId: 'FR12345678901',
    addressLines: FACTS.addressLines,
    currency: 'EUR',
  });
  expect((await run(UPDATE, { profileId, vatId: null }, viewer)).profile).toMatchObject({
    name: 'Branch',
    vatId: null,
  });
  expect((await run(UPDATE, { profileId, currency: 'USD' }, viewer)).errors).toHaveLength(1);
  expect((await run(UPDATE, { profileId: newId(), name: '' }, viewer)).userErrors).toEqual([
    { code: 'NAME_NOT_READABLE' },
  ]);
});

test('A38 people of the account put a card on its profile, by a token; what the provider calls it is shown to nobody', async () => {
  const { viewer, profileId } = await agency();
  const set = await run(CARD, { profileId, token: 'tok_approved_until_2031_07' }, viewer);
  expect(set).toEqual({
    profile: { card: { brand: 'test', lastFour: '4242', expiryMonth: 7, expiryYear: 2031 } },
    userErrors: [],
  });
  const { rows } = await billing.admin.query(
    `select has_column_privilege('comptoir_billing', 'billing_profile', 'card_method', 'select') as method,
            has_column_privilege('comptoir_billing', 'payment', 'customer', 'select') as customer,
            has_table_privilege('comptoir_billing', 'billing_profile', 'update') as change`,
  );
  expect(rows[0]).toEqual({ method: false, customer: false, change: false });
});

test.each<{ token: string; code: string }>`
  token                    | code
  ${'4242 4242 4242 4242'} | ${'TOKEN_NOT_READABLE'}
  ${'tok_nonsense'}        | ${'TOKEN_UNKNOWN'}
  ${'tok_card_refused'}    | ${'CARD_REFUSED'}
`('A38 the token $token is answered by $code', async ({ token, code }) => {
  const { viewer, profileId } = await agency();
  expect((await run(CARD, { profileId, token }, viewer)).userErrors).toEqual([{ code, rule: null }]);
});

test('A38 a partner that reaches into the account may change the profile, and puts no card on it; neither do staff, nor anybody logged in as somebody else', async () => {
  const { viewer, profileId } = await agency();
  const partner = personViewer({ accountId: newId() });
  await billing.admin.query(
    `insert into access.reach select $1, $2, 'BILLING', verb, tstzrange('2020-01-01', null), $3 from unnest('{READ,WRITE}'::text[]) verb`,
    [partner.accountId, viewer.accountId, newId()],
  );
  expect((await run(UPDATE, { profileId, name: 'By the partner' }, partner)).profile.name).toBe('By the partner');
  const cardOfOthers = [{ code: 'CARD_OF_OTHERS', rule: 'A38' }];
  expect((await run(CARD, { profileId, token: 'tok_approved' }, partner)).userErrors).toEqual(cardOfOthers);
  expect((await run(CARD, { profileId, token: 'tok_approved' }, staffViewer())).userErrors).toEqual(cardOfOthers);
  const loggedInAs = { ...viewer, actors: [{ userId: newId(), accountId: newId(), loginAsId: newId() }] };
  expect((await run(CARD, { profileId, token: 'tok_approved' }, loggedInAs)).errors[0].extensions.rule).toBe('N12');
});

test('a partner that may only read the billing of an account sees its profiles and changes none', async () => {
  const { viewer, profileId } = await agency();
  const partner = personViewer({ accountId: newId() });
  await billing.admin.query(
    `insert into access.reach values ($1, $2, 'BILLING', 'READ', tstzrange('2020-01-01', null), $3)`,
    [partner.accountId, viewer.accountId, newId()],
  );
  const seen = await billing.execute(
    'query ($id: ID!) { billingProfile(id: $id) { name } }',
    { id: profileId },
    partner,
  );
  expect(seen.data).toEqual({ billingProfile: { name: FACTS.name } });
  expect((await run(UPDATE, { profileId, name: 'x' }, partner)).userErrors).toEqual([{ code: 'PROFILE_NOT_FOUND' }]);
  expect((await run(DELETE, { profileId }, partner)).userErrors[0].code).toBe('PROFILE_NOT_FOUND');
});

test('another account sees and changes nothing: a foreign profile looks missing', async () => {
  const { profileId } = await agency();
  const stranger = personViewer({ accountId: newId() });
  const seen = await billing.execute(
    'query ($id: ID!) { billingProfile(id: $id) { id } }',
    { id: profileId },
    stranger,
  );
  expect(seen.data).toEqual({ billingProfile: null });
  const missing = [{ code: 'PROFILE_NOT_FOUND' }];
  expect((await run(UPDATE, { profileId, name: 'x' }, stranger)).userErrors).toEqual(missing);
  expect((await run(UPDATE, { profileId: newId(), name: 'x' }, stranger)).userErrors).toEqual(missing);
  expect((await run(DELETE, { profileId }, stranger)).userErrors[0].code).toBe('PROFILE_NOT_FOUND');
  expect((await run(CARD, { profileId, token: 'tok_approved' }, stranger)).userErrors[0].code).toBe(
    'PROFILE_NOT_FOUND',
  );
  const reader = personViewer({ accountId: newId(), areas: { BILLING: 'READ' } });
  expect((await run(CREATE, FACTS, reader)).errors[0].extensions.code).toBe('FORBIDDEN');
});

test('the tax of a profile is set by staff, and by nobody else', async () => {
  const { viewer, profileId } = await agency();
  expect((await run(TAX, { profileId, taxBasisPoints: 2000 }, staffViewer())).profile).toEqual({
    taxBasisPoints: 2000,
  });
  expect((await run(TAX, { profileId, taxBasisPoints: 10_001 }, staffViewer())).userErrors).toEqual([
    { code: 'TAX_OUT_OF_BOUNDS' },
  ]);
  expect((await run(TAX, { profileId, taxBasisPoints: 0 }, viewer)).errors[0].extensions.code).toBe('FORBIDDEN');
});

test('A39 a profile is deleted with its card, stays readable for what was, and is in no list', async () => {
  const { viewer, profileId } = await agency();
  await run(CARD, { profileId, token: 'tok_approved' }, viewer);
  const deleted = await run(DELETE, { profileId }, viewer);
  expect(deleted).toEqual({ profile: { id: profileId, deletedAt: expect.any(String), card: null }, userErrors: [] });
  expect((await run(DELETE, { profileId }, viewer)).userErrors[0].code).toBe('PROFILE_NOT_FOUND');
  const listed = await billing.execute(LIST, { ids: [{ __typename: 'Account', id: viewer.accountId }] }, viewer);
  expect((listed.data as Answer)._entities[0].billingProfiles.nodes).toEqual([]);
  const { rows } = await billing.admin.query(`select data from billing_jobs.job where name = 'cardRemove'`);
  expect(rows).toContainEqual({ data: { customer: `test_${profileId}`, method: 'tok_approved' } });
});

test('profiles are listed by page, the oldest first, with one statement for all accounts', async () => {
  const viewer = personViewer({ accountId: newId(), areas: ALL_AREAS });
  for (const name of ['one', 'two', 'three']) await run(CREATE, { ...FACTS, name }, viewer);
  const ids = [viewer.accountId, newId(), newId()].map((id) => ({ __typename: 'Account', id }));
  billing.statements();
  const first = await billing.execute(LIST, { ids }, viewer);
  expect(billing.statements()).toHaveLength(1);
  const [{ billingProfiles }] = (first.data as Answer)._entities;
  expect(billingProfiles.nodes.map(({ name }: Answer) => name)).toEqual(['one', 'two']);
  const { endCursor } = billingProfiles.pageInfo;
  const rest = await billing.execute(LIST, { ids: ids.slice(0, 1), after: endCursor }, viewer);
  expect((rest.data as Answer)._entities[0].billingProfiles).toMatchObject({
    nodes: [{ name: 'three' }],
    pageInfo: { hasNextPage: false },
  });
});
