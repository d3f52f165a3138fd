import { readFileSync } from 'node:fs';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { type Answer, openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildSchema, getNamedType, isInputObjectType } from 'graphql';
import { done, hireStaff, ok, type Person, signUp } from './people.ts';

/**
 * What makes a second thing when it is sent twice takes an idempotency key (P). A mutation that is new is asked about
 * here: it stands in one of the three lists, and what the first two name has the field, what the third names has not.
 */
type Case = {
  by: 'partner' | 'client' | 'staff';
  input: () => Record<string, unknown>;
  /** What the payload shows of the thing; the same for both. */
  shows: string;
  /** The same with another meaning. */
  other: Record<string, unknown>;
  /** Rows of the thing, by which it is counted. */
  rows: string;
  /** How many rows it makes; one where left out. */
  makes?: number;
};

let installation: TestInstallation;
let people: Record<Case['by'], Person>;
let trackerId: string;
let apiKeyId: string;

const MAKES: Record<string, Case> = {
  apiKeyCreate: {
    by: 'client',
    input: () => ({ name: 'scans', areas: [{ area: 'TRACKERS', verb: 'READ' }] }),
    shows: 'apiKey { id }',
    other: { name: 'other' },
    rows: 'select count(*) from identity.api_key',
  },
  apiKeyRotate: {
    by: 'client',
    input: () => ({ apiKeyId, overlapMinutes: 0 }),
    shows: 'apiKey { id lastFour }',
    other: { overlapMinutes: 5 },
    rows: 'select count(distinct hash) + (select count(*) from access.trail where action = $$apiKeyRotate$$ and decision = $$DONE$$) as count from identity.api_key',
  },
  loginAsStart: {
    by: 'partner',
    input: () => ({ accountId: people.client.accountId, reason: 'Ticket 4711', minutes: 10 }),
    shows: 'loginAs { id }',
    other: { reason: 'Ticket 4712' },
    rows: 'select count(*) from identity.login_as',
  },
  contactCreate: {
    by: 'client',
    input: () => ({
      name: 'Marie',
      type: 'OTHER',
      newsletter: false,
      noTitle: true,
      noEmail: true,
      noPhone: true,
      noMobile: true,
    }),
    shows: 'contact { id }',
    other: { name: 'Jean' },
    rows: 'select count(*) from identity.contact',
  },
  branchCreate: {
    by: 'client',
    input: () => ({ name: `Nord ${newId()}` }),
    shows: 'branch { id }',
    other: { name: 'Sud' },
    rows: 'select count(*) from accounts.branch',
  },
  partnershipRequest: {
    by: 'partner',
    input: () => ({ clientId: newId(), areas: [{ area: 'TRACKERS', verb: 'READ' }] }),
    shows: 'partnership { id }',
    other: { message: 'please' },
    rows: 'select count(*) from accounts.partnership',
  },
  creditPackAdd: {
    by: 'staff',
    input: () => ({ kind: 'TRACKER', credits: 1_000, prices: [{ currency: 'EUR', amount: '10.00' }] }),
    shows: 'pack { id }',
    other: { credits: 2_000 },
    rows: 'select count(*) from billing.credit_pack',
  },
  billingProfileCreate: {
    by: 'client',
    input: () => ({ name: 'Boulangerie', currency: 'EUR', email: 'compta@boulangerie.example', ...ADDRESS }),
    shows: 'profile { id }',
    other: { name: 'Autre' },
    rows: 'select count(*) from billing.billing_profile',
  },
  referralCodeRenew: {
    by: 'partner',
    input: () => ({}),
    shows: 'referral { code }',
    other: {},
    rows: 'select count(*) from billing.referral_code',
  },
  trackerCreate: {
    by: 'client',
    input: () => ({ kind: 'QR_CODE', name: 'Door' }),
    shows: 'tracker { id }',
    other: { name: 'Window' },
    rows: 'select count(*) from trackers.tracker',
  },
  trackerDuplicate: {
    by: 'client',
    input: () => ({ trackerId, copies: 2 }),
    shows: 'trackers { id }',
    other: { copies: 3 },
    rows: 'select count(*) from trackers.tracker',
    makes: 2,
  },
  delegationOffer: {
    by: 'client',
    input: () => ({ partnerId: people.partner.accountId, scope: 'ALL' }),
    shows: 'delegation { id }',
    other: { scope: 'SELECTED', trackerIds: [] },
    rows: 'select count(*) from trackers.delegation',
  },
};
const ADDRESS = {
  legalName: 'Boulangerie Martin SARL',
  addressLines: ['1 rue du Four', '75006 Paris'],
  country: 'FR',
};

/** Money and credits: the key is mandatory, and each has tests of its own. */
const MONEY = [
  ...['creditsGrant', 'creditsTakeBack', 'invoiceCredit', 'prepaidEarmark', 'quoteCommit'],
  ...['commissionPayoutExport', 'commissionPayoutConfirm', 'commissionPayoutCancel'],
];

/** Sent twice they make one thing or none, each group with the reason. */
const ONCE: Record<string, readonly string[]> = {
  'says what holds from now on: the second time it holds already': [
    ...[
      'accountCancel',
      'accountConvertToPartner',
      'accountTimeZoneSet',
      'accountNetworksSet',
      'accountSecondFactorSet',
    ],
    ...[
      'apiKeyUpdate',
      'apiKeyHandOver',
      'apiKeyRevoke',
      'contactUpdate',
      'contactDelete',
      'branchRename',
      'branchArchive',
      'branchRestore',
    ],
    ...[
      'membershipAreasSet',
      'membershipRoleSet',
      'membershipBranchesSet',
      'membershipNetworksSet',
      'membershipDeactivate',
    ],
    ...[
      'membershipActivate',
      'membershipRemove',
      'userDeactivate',
      'userActivate',
      'userTotpRemove',
      'partnershipSecondFactorSet',
    ],
    ...[
      'walletAlertSet',
      'walletAlertRemove',
      'walletTopUpSet',
      'walletTopUpStop',
      'cataloguePlanSet',
      'cataloguePlanRetire',
    ],
    ...['catalogueLimitSet', 'cataloguePriceSet', 'creditPackPriceSet', 'creditPackRetire', 'resellerDiscountSet'],
    ...['commissionTermsSet', 'commissionMinimumSet', 'payoutAddressSet', 'sellerUpdate', 'billingProfileUpdate'],
    ...[
      'billingProfileDelete',
      'billingProfileCardSet',
      'billingProfileTaxSet',
      'billingProfileChoose',
      'paymentRefresh',
    ],
    ...['subscriptionCancel', 'subscriptionDisable', 'subscriptionEnable', 'trackerBranchSet', 'trackerRename'],
    ...['trackersActivate', 'trackersDeactivate', 'migrationDiscountWithdraw'],
  ],
  'a step of something that has a state: the second time it is taken already': [
    ...['partnershipAccept', 'partnershipRefuse', 'partnershipWithdraw', 'partnershipEnd', 'delegationAccept'],
    ...[
      'delegationRefuse',
      'delegationWithdraw',
      'delegationEnd',
      'invitationAccept',
      'invitationRefuse',
      'invitationWithdraw',
    ],
    ...['loginAsEnd', 'sessionEnd', 'sessionRevoke', 'sessionsRevokeOthers', 'partnerConversionRefuse'],
    // The request that waits is given again.
    'partnerConversionRequest',
  ],
  'one at a time for an e-mail and account, or an account: the second is refused and says why': [
    ...['invitationCreate', 'contactAccessGive', 'migrationDiscountGrant'],
  ],
  'a mail, held back within its cool-down': ['invitationResend', 'passwordResetSend', 'passwordResetRequest', 'signUp'],
  'by a secret that is good once, or the newest of which holds': [
    ...[
      'signUpComplete',
      'passwordReset',
      'emailChange',
      'emailChangeConfirm',
      'sessionTotp',
      'sessionRefresh',
      'totpEnroll',
    ],
    ...['totpConfirm', 'totpDisable', 'passwordChange'],
  ],
  'a log-in or its token: wanted as often as it is asked for': ['sessionCreate', 'sessionSwitch', 'loginAsRenew'],
  'says what it would cost, makes nothing that lasts, and is committed once': [
    ...[
      'creditsBuyQuote',
      'creditsAllocateQuote',
      'prepaidBuyQuote',
      'subscriptionCreateQuote',
      'subscriptionChangeQuote',
    ],
    'subscriptionRenewQuote',
  ],
  'has ids of its own, which the sender chooses': ['eventsRecord'],
};

beforeAll(async () => {
  installation = await openTestInstallation();
  const staff = await hireStaff(installation, 'staff@provider.example');
  const partner = await signUp(installation, 'lou@agence.example', 'Agence Lumière');
  const client = await signUp(installation, 'marie@boulangerie.example', 'Boulangerie Martin');
  people = { staff, partner, client };
  await done(installation, mutation('accountConvertToPartner', ''), { accountId: partner.accountId }, staff.token);
  const areas = ['SECURITY', 'TRACKERS'].map((area) => ({ area, verb: 'WRITE' }));
  const request = mutation('partnershipRequest', 'partnership { id }');
  const { partnership } = await done(installation, request, { clientId: client.accountId, areas }, partner.token);
  await done(installation, mutation('partnershipAccept', ''), { partnershipId: partnership.id }, client.token);
  const tracker = { kind: 'QR_CODE', name: 'First' };
  trackerId = (await done(installation, mutation('trackerCreate', 'tracker { id }'), tracker, client.token)).tracker.id;
  const key = { name: 'k', areas: [{ area: 'TRACKERS', verb: 'READ' }] };
  apiKeyId = (await done(installation, mutation('apiKeyCreate', 'apiKey { id }'), key, client.token)).apiKey.id;
});
afterAll(() => installation.stop());

const NULLABLE = new Set(['referralCodeRenew']);
const mutation = (field: string, shows: string): string => {
  const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input${NULLABLE.has(field) ? '' : '!'}`;
  return `mutation ($input: ${type}) { ${field}(input: $input) { ${shows} userErrors { code } } }`;
};
const count = async (rows: string): Promise<number> => Number((await installation.admin.query(rows)).rows[0].count);

const schema = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'), { assumeValid: true });
const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});

test('P every mutation says what it does when it is sent twice, and whatever makes something takes an idempotency key', () => {
  const listed = [...Object.keys(MAKES), ...MONEY, ...Object.values(ONCE).flat()];
  expect(listed.toSorted()).toEqual(mutations.map(({ name }) => name).toSorted());
  const keyed = mutations.filter(({ args }) => {
    const type = args[0] === undefined ? undefined : getNamedType(args[0].type);
    return isInputObjectType(type) && type.getFields().idempotencyKey !== undefined;
  });
  expect(keyed.map(({ name }) => name).toSorted()).toEqual([...Object.keys(MAKES), ...MONEY].toSorted());
});

test.each(Object.entries(MAKES))(
  'P %s, sent twice with one key, makes one thing',
  async (field, { by, input, ...of }) => {
    const { token } = people[by];
    const query = mutation(field, of.shows);
    const intended = { ...input(), idempotencyKey: newId() };
    const before = await count(of.rows);
    const first = await done(installation, query, intended, token);
    const made = (await count(of.rows)) - before;
    // One rotation is a row of the trail, and no key more.
    expect(made).toBe(of.makes ?? 1);
    const again = await done(installation, query, intended, token);
    const shown = Object.keys(first).filter((name) => name !== 'userErrors');
    for (const name of shown) expect(again[name]).toEqual(first[name]);
    expect((await count(of.rows)) - before).toBe(made);

    if (Object.keys(of.other).length > 0) {
      const other: Answer['data'] = await ok(installation, query, { ...intended, ...of.other }, token);
      expect(other.userErrors).toEqual([{ code: 'IDEMPOTENCY_KEY_REUSED' }]);
    }
    const unreadable = await ok(installation, query, { ...intended, idempotencyKey: '' }, token);
    expect(unreadable.userErrors).toEqual([{ code: 'IDEMPOTENCY_KEY_NOT_READABLE' }]);
    expect((await count(of.rows)) - before).toBe(made);
  },
);

test('P the same at the same time makes one thing too', async () => {
  const { rows } = MAKES.trackerCreate as Case;
  const before = await count(rows);
  const intended = { kind: 'QR_CODE', name: 'At once', idempotencyKey: newId() };
  const query = mutation('trackerCreate', 'tracker { id }');
  const all = await Promise.all(
    Array.from({ length: 5 }, () => done(installation, query, intended, people.client.token)),
  );
  expect(new Set(all.map(({ tracker }) => tracker.id)).size).toBe(1);
  expect((await count(rows)) - before).toBe(1);
});

test('P without a key, or with another, it is another intention; a refusal is not remembered', async () => {
  const query = mutation('trackerCreate', 'tracker { id }');
  const send = async (input: object): Promise<Answer['data']> => ok(installation, query, input, people.client.token);
  const tracker = { kind: 'QR_CODE', name: 'Twin' };
  const ids = [await send(tracker), await send(tracker), await send({ ...tracker, idempotencyKey: newId() })];
  expect(new Set(ids.map((answer) => answer.tracker.id)).size).toBe(3);
  const idempotencyKey = newId();
  expect((await send({ ...tracker, name: '', idempotencyKey })).userErrors).toEqual([{ code: 'NAME_NOT_READABLE' }]);
  expect((await send({ ...tracker, idempotencyKey })).userErrors).toEqual([]);
});

test('G15 N12 what is shown once is not remembered: the second answer holds the thing without its secret, or a new token', async () => {
  const idempotencyKey = newId();
  const key = { name: 'once', areas: [{ area: 'TRACKERS', verb: 'READ' }], idempotencyKey };
  const create = mutation('apiKeyCreate', 'apiKey { id } secret');
  const first = await done(installation, create, key, people.client.token);
  expect(first.secret).toMatch(/^ck_/);
  expect(await done(installation, create, key, people.client.token)).toEqual({ ...first, secret: null });

  const start = mutation('loginAsStart', 'loginAs { id active } tokens { accessToken }');
  const wish = { accountId: people.client.accountId, reason: 'Ticket 4713', idempotencyKey };
  const started = await done(installation, start, wish, people.partner.token);
  const again = await done(installation, start, wish, people.partner.token);
  expect(again.loginAs).toEqual(started.loginAs);
  const { data } = await installation.ask('{ viewer { loginAs { id } } }', {}, again.tokens.accessToken);
  expect(data.viewer.loginAs.id).toBe(started.loginAs.id);
  await done(
    installation,
    mutation('loginAsEnd', 'loginAs { active }'),
    { loginAsId: started.loginAs.id },
    people.client.token,
  );
  const over = await done(installation, start, wish, people.partner.token);
  expect(over).toMatchObject({ loginAs: { id: started.loginAs.id, active: false }, tokens: null });

  const { rows } = await installation.admin.query(
    `select string_agg(answer::text, ' ') as text from identity.idempotency_key`,
  );
  for (const secret of [first.secret, started.tokens.accessToken, again.tokens.accessToken])
    expect(rows[0].text).not.toContain(secret);
});
