import { newId } from '@comptoir/shared/values/uuid.ts';
import { type Answer, openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { until } from '@comptoir/testing/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { done, hireStaff, mailedToken, ok, PASSWORD, type Person, signUp } from './people.ts';

/** Anyone who changed something reads it in the next request, also where several subgraphs have to do with it. */
let installation: TestInstallation;
beforeAll(async () => {
  installation = await openTestInstallation();
});
afterAll(() => installation.stop());

const mutation = (field: string, selection = '__typename'): string =>
  `mutation ($input: ${field[0]?.toUpperCase()}${field.slice(1)}Input!) { ${field}(input: $input) { ${selection} userErrors { code message rule } } }`;
const SIGN_UP = mutation('signUp', 'mailTo');
const COMPLETE = mutation(
  'signUpComplete',
  'openingRetryAfter session { accessToken membership { id accountId accountName accountReady } }',
);
const ACCOUNT = '{ viewer { account { name wallets { kind balance } } } }';
const RECORD = mutation('eventsRecord', 'results { outcome code rule }');
const act = (by: Person | string, field: string, input: object, selection = '__typename'): Promise<Answer['data']> =>
  done(installation, mutation(field, selection), input, typeof by === 'string' ? by : by.token);

/** A sign-up up to its mail, and the completion of it. */
async function link(email: string, accountName: string): Promise<string> {
  await done(installation, SIGN_UP, { email, accountName, language: 'EN' }, null);
  return await mailedToken(installation, email);
}
const complete = (token: string): Promise<Answer['data']> =>
  done(installation, COMPLETE, { token, password: PASSWORD }, null);
async function tracker(token: string): Promise<string> {
  const made = await act(token, 'trackerCreate', { name: 'Door', kind: 'QR_CODE' }, 'tracker { id }');
  await act(token, 'trackersActivate', { trackerIds: [made.tracker.id] });
  return made.tracker.id;
}
const scan = async (token: string, trackerId: string, eventId: string): Promise<Answer['data']> =>
  (await ok(installation, RECORD, { events: [{ eventId, trackerId, kind: 'SCAN' }] }, token)).results[0];

test('U14 account, wallet and 100 credits are there when the sign-up answers, thirty times in a row', async () => {
  const tokens: string[] = [];
  for (let at = 0; at < 30; at += 6) {
    const some = Array.from({ length: 6 }, (_, n) => link(`new${at + n}@shop.example`, `Shop ${at + n}`));
    tokens.push(...(await Promise.all(some)));
  }
  for (const [at, token] of tokens.entries()) {
    const name = `Shop ${at}`;
    const { session, openingRetryAfter } = await complete(token);
    expect(openingRetryAfter).toBeNull();
    expect(session.membership).toMatchObject({ accountName: name, accountReady: true });
    const { data, errors } = await installation.ask(ACCOUNT, {}, session.accessToken);
    expect(errors).toBeUndefined();
    expect(data.viewer.account).toEqual({ name, wallets: [{ kind: 'TRACKER', balance: 100 }] });
    const trackerId = await tracker(session.accessToken);
    expect(await scan(session.accessToken, trackerId, newId())).toMatchObject({ outcome: 'ACCEPTED' });
  }
});

test('U14 with billing held up the sign-up says that the account is being opened, and so does everything until it is', async () => {
  const token = await link('late@shop.example', 'Late Shop');
  const lock = new pg.Client({ connectionString: installation.adminUrl });
  await lock.connect();
  let session: Answer['data'];
  let trackerId: string;
  const eventId = newId();
  try {
    // Wallets can be read, and none can be added.
    await lock.query('begin; lock table billing.wallet in share row exclusive mode');
    const late = await complete(token);
    expect(late.openingRetryAfter).toBe(1);
    session = late.session;
    expect(session.membership.accountReady).toBe(false);
    const { data, errors } = await installation.ask(ACCOUNT, {}, session.accessToken);
    expect(data).toEqual({ viewer: { account: null } });
    expect(errors).toMatchObject([
      { path: ['viewer', 'account'], extensions: { code: 'ACCOUNT_OPENING', rule: 'U14', retryAfter: 1 } },
    ]);
    trackerId = await tracker(session.accessToken);
    expect(await scan(session.accessToken, trackerId, eventId)).toEqual({
      outcome: 'REFUSED',
      code: 'ACCOUNT_OPENING',
      rule: 'U14',
    });
  } finally {
    await lock.query('rollback');
    await lock.end();
  }
  // By itself: no one asks for it again.
  const opened = await until(async () => {
    const { data, errors } = await installation.ask(ACCOUNT, {}, session.accessToken);
    if (errors !== undefined) expect(errors[0]?.extensions.code).toBe('ACCOUNT_OPENING');
    return data.viewer.account;
  }, 'the account to be open');
  expect(opened).toEqual({ name: 'Late Shop', wallets: [{ kind: 'TRACKER', balance: 100 }] });
  expect(await scan(session.accessToken, trackerId, eventId)).toMatchObject({ outcome: 'ACCEPTED' });
});

test('U13 whoever ends a partnership reads its take-overs as ended, and open offers as withdrawn', async () => {
  const [agency, bakery] = await Promise.all([
    signUp(installation, 'lou@agency.example', 'Agency'),
    signUp(installation, 'marie@bakery.example', 'Bakery'),
  ]);
  const staff = await hireStaff(installation, 'staff@comptoir.example');
  await act(staff, 'accountConvertToPartner', { accountId: agency.accountId });
  const areas = [{ area: 'TRACKERS', verb: 'READ' }];
  const asked = await act(agency, 'partnershipRequest', { clientId: bakery.accountId, areas }, 'partnership { id }');
  const partnershipId = asked.partnership.id;
  await act(bakery, 'partnershipAccept', { partnershipId });
  const ids: string[] = [];
  for (const accepted of [true, false]) {
    const trackerIds = [await tracker(bakery.token)];
    const offer = { partnerId: agency.accountId, scope: 'SELECTED', trackerIds };
    const { delegation } = await act(bakery, 'delegationOffer', offer, 'delegation { id }');
    ids.push(delegation.id);
    if (accepted) await act(agency, 'delegationAccept', { delegationId: delegation.id });
  }
  await act(bakery, 'partnershipEnd', { partnershipId });
  const statuses = await Promise.all(
    ids.map(async (id) => {
      const { data } = await installation.ask(
        'query ($id: ID!) { delegation(id: $id) { status } }',
        { id },
        bakery.token,
      );
      return data.delegation.status;
    }),
  );
  expect(statuses).toEqual(['ENDED', 'WITHDRAWN']);
});

test('A61 whoever cancels an account reads its subscription as cancelled', async () => {
  const shop = await signUp(installation, 'ada@plan.example', 'Plan Shop');
  const legal = { email: 'ada@plan.example', legalName: 'Plan Shop', addressLines: ['Lyon'], country: 'FR' };
  const { profile } = await act(
    shop,
    'billingProfileCreate',
    { name: 'Own', currency: 'EUR', ...legal },
    'profile { id }',
  );
  await act(shop, 'billingProfileCardSet', { profileId: profile.id, token: 'tok_approved' });
  const plan = { priceVersion: 'V3', product: 'MARKETING', plan: 'PLUS', contacts: 1000, frequency: 'MONTHLY' };
  const wish = { accountId: shop.accountId, profileId: profile.id, ...plan };
  const { quote } = await act(shop, 'subscriptionCreateQuote', wish, 'quote { token }');
  await act(shop, 'quoteCommit', { token: quote.token, idempotencyKey: newId() });
  await act(shop, 'accountCancel', { reason: 'We close our shop' });
  const { data } = await installation.ask('{ viewer { account { status subscription { status } } } }', {}, shop.token);
  expect(data.viewer.account).toEqual({ status: 'CANCELLED', subscription: { status: 'CANCELLED' } });
});

test('O14 what one changes of one’s own standing holds in the next request, whatever was asked a moment before', async () => {
  const owner = await signUp(installation, 'owner@team.example', 'Team');
  const guest = await signUp(installation, 'guest@elsewhere.example', 'Elsewhere');
  const grant = { role: 'MEMBER', areas: [{ area: 'TRACKERS', verb: 'READ' }] };
  const invited = await act(owner, 'invitationCreate', { email: guest.email, ...grant }, 'invitation { id }');
  const enter = (): Promise<Answer> =>
    installation.ask('{ viewer { account { name } } }', {}, guest.token, { 'comptoir-account': owner.accountId });
  expect((await enter()).status).toBe(403);
  await act(guest, 'invitationAccept', { invitationId: invited.invitation.id });
  expect((await enter()).data).toEqual({ viewer: { account: { name: 'Team' } } });

  const held = async (): Promise<string[]> => {
    const { data } = await installation.ask('{ viewer { account { trackers { nodes { id } } } } }', {}, owner.token);
    return data?.viewer?.account?.trackers === undefined ? ['none'] : data.viewer.account.trackers;
  };
  expect(await held()).toEqual({ nodes: [] });
  const other = await signUp(installation, 'second@team.example', 'Second');
  const second = await act(owner, 'invitationCreate', { email: other.email, role: 'OWNER' }, 'invitation { id }');
  await act(other, 'invitationAccept', { invitationId: second.invitation.id });
  const billing = [{ area: 'BILLING', verb: 'READ' }];
  await act(owner, 'membershipRoleSet', { membershipId: owner.membershipId, role: 'MEMBER', areas: billing });
  const { data, errors } = await installation.ask(
    '{ viewer { account { trackers { nodes { id } } } } }',
    {},
    owner.token,
  );
  expect([data?.viewer?.account?.trackers ?? null, errors?.[0]?.extensions.code]).toEqual([null, 'FORBIDDEN']);
});
