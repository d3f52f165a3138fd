import assert from 'node:assert/strict';
import * as ops from './operations.ts';
import { AGENCY, BAKERY, logIn, type Person } from './signUps.ts';
import { done, type Stage } from './stage.ts';

type Result = { code: string | null; outcome: string };
const AREAS = [
  { area: 'BILLING', verb: 'READ' },
  { area: 'TRACKERS', verb: 'READ' },
];
const DAY_MS = 86_400_000;
const today = (): { from: string; to: string } => ({
  from: new Date(Date.now() - DAY_MS).toISOString(),
  to: new Date(Date.now() + DAY_MS).toISOString(),
});

/**
 * The product's main job, each step by the person who does it: a partner takes over a client's trackers and pays for
 * their scans.
 */
export async function takeOver(stage: Stage, agency: Person, bakery: Person): Promise<void> {
  const { graphiql, mails, step, picture } = stage;
  const { page, run } = graphiql;
  const as = async (who: Person, operation: string, input: unknown): Promise<ReturnType<typeof done>> =>
    done(await graphiql.run(operation, { input }, who.token));
  const staff = await logIn(stage, 'camille@comptoir.example', stage.demoPassword);
  const ask = { clientId: bakery.accountId, areas: AREAS, message: 'Nous suivons vos scans & <b>vos coûts</b>.' };

  await step('U07 before the conversion a partner operation says why it is refused', async () => {
    const { data } = await graphiql.run(ops.REQUEST, { input: ask }, agency.token);
    const [error] = data.partnershipRequest.userErrors;
    assert.deepEqual([error.code, error.rule], ['NOT_A_PARTNER', 'U07']);
    return page;
  });
  await step('U01 the owner cannot convert the account', async () => {
    const { errors } = await graphiql.run(ops.CONVERT, { input: { accountId: agency.accountId } }, agency.token);
    assert.equal(errors?.[0]?.extensions?.code, 'FORBIDDEN');
    return page;
  });
  await step('U01 staff convert it into a partner', async () => {
    const { account } = await as(staff, ops.CONVERT, { accountId: agency.accountId });
    assert.deepEqual(account, { name: AGENCY.accountName, kind: 'PARTNER' });
    return page;
  });
  await step('U05 the partner asks to attach the client', async () => {
    const { partnership } = await as(agency, ops.REQUEST, ask);
    assert.deepEqual([partnership.status, partnership.client], ['REQUESTED', null]);
    return page;
  });
  await step('U05 the client is mailed in French, with what the partner writes', async () => {
    const mail = await mails.open(bakery.email, `${AGENCY.accountName} demande à être votre partenaire`);
    assert.equal(mail.language, 'fr');
    assert.ok(mail.text.includes(ask.message), mail.text);
    return mails.page;
  });
  let partnershipId = '';
  await step('U08 the client sees what is asked', async () => {
    const { data } = await run(ops.REQUESTS, undefined, bakery.token);
    const [request] = data.viewer.account.partnerships.nodes;
    assert.deepEqual(request.askedAreas, AREAS);
    partnershipId = request.id;
    return page;
  });
  await step('U08 the client accepts; the partner is mailed in English and lists its clients', async () => {
    await as(bakery, ops.ACCEPT_PARTNER, { partnershipId });
    const mail = await mails.open(agency.email, `${BAKERY.accountName} accepted your partnership`);
    assert.equal(mail.language, 'en');
    await picture(mails.page, 'the partner is told that the client accepted');
    const { data } = await run(ops.CLIENTS, undefined, agency.token);
    assert.deepEqual(data.viewer.account.clients.nodes, [
      { name: BAKERY.accountName, wallets: [{ kind: 'TRACKER', balance: 100 }] },
    ]);
    return page;
  });

  const ids: Record<'qr' | 'key' | 'button' | 'copy' | 'own', string> = {
    qr: '',
    key: '',
    button: '',
    copy: '',
    own: '',
  };
  await step('U21 the client makes trackers of the three kinds', async () => {
    const variables = {
      qr: { kind: 'QR_CODE', name: 'Comptoir' },
      key: { kind: 'SECURE_KEY', name: 'Ronde' },
      button: { kind: 'BUTTON', name: 'Satisfaction' },
    };
    const { data } = await run(ops.MAKE_TRACKERS, variables, bakery.token);
    for (const name of ['qr', 'key', 'button'] as const) {
      assert.equal(data[name].tracker.status, 'INACTIVE');
      ids[name] = data[name].tracker.id;
    }
    return page;
  });
  await step('U18 duplicates one, all copies inactive', async () => {
    const { trackers } = await as(bakery, ops.DUPLICATE, { trackerId: ids.qr, copies: 2 });
    assert.deepEqual(
      trackers.map(({ status }: { status: string }) => status),
      ['INACTIVE', 'INACTIVE'],
    );
    [ids.copy, ids.own] = trackers.map(({ id }: { id: string }) => id);
    return page;
  });
  await step('U23 and activates some', async () => {
    const { trackers } = await as(bakery, ops.ACTIVATE, { trackerIds: [ids.qr, ids.key, ids.button, ids.own] });
    assert.ok(trackers.every(({ status }: { status: string }) => status === 'ACTIVE'));
    return page;
  });
  let delegationId = '';
  await step('U09 the client offers three of them to the partner', async () => {
    const trackerIds = [ids.qr, ids.key, ids.copy];
    const { delegation } = await as(bakery, ops.OFFER, { partnerId: agency.accountId, scope: 'SELECTED', trackerIds });
    assert.deepEqual([delegation.status, delegation.trackerCount], ['OFFERED', 3]);
    delegationId = delegation.id;
    return page;
  });
  await step('U12 the partner is mailed in English', async () => {
    const mail = await mails.open(agency.email, `${BAKERY.accountName} offers you its trackers`);
    assert.equal(mail.language, 'en');
    return mails.page;
  });
  await step('U10 the partner sees what is offered', async () => {
    const { data } = await run(ops.OFFERS, undefined, agency.token);
    const [offer] = data.viewer.account.delegations.nodes;
    assert.equal(offer.id, delegationId);
    assert.equal(offer.trackers.nodes.length, 3);
    return page;
  });
  await step('U11 the partner accepts, and the client is mailed', async () => {
    assert.equal((await as(agency, ops.TAKE_OVER, { delegationId })).delegation.status, 'ACTIVE');
    await picture(page, 'the partner accepts');
    await mails.open(bakery.email, `${AGENCY.accountName} prend en charge vos trackers`);
    return mails.page;
  });

  let scanner: Person = { ...bakery };
  await step('the client makes an API key', async () => {
    const areas = [{ area: 'TRACKERS', verb: 'WRITE' }];
    const { secret, apiKey } = await as(bakery, ops.MAKE_KEY, { name: 'Scanner', areas });
    assert.ok(secret.endsWith(apiKey.lastFour));
    scanner = { ...bakery, token: secret };
    return page;
  });
  const scan = (eventId: string, trackerId: string) => ({ eventId, trackerId, kind: 'SCAN' });
  await step('U03 a scan by that key costs the partner a credit', async () => {
    const { results } = await as(scanner, ops.RECORD, { events: [scan('one', ids.qr)] });
    assert.deepEqual(results[0].event, { credits: 1, payer: { name: AGENCY.accountName } });
    return page;
  });
  await step('U19 U20 of many, a replay is not charged, and an inactive tracker costs nothing', async () => {
    const events = [
      scan('one', ids.qr),
      scan('two', ids.own),
      scan('three', ids.copy),
      scan('four', '01900000-0000-7000-8000-000000000000'),
    ];
    const { results } = await as(scanner, ops.RECORD, { events });
    const outcomes = results.map(({ code, outcome }: Result) => code ?? outcome);
    assert.deepEqual(outcomes, ['REPLAYED', 'ACCEPTED', 'TRACKER_INACTIVE', 'TRACKER_NOT_FOUND']);
    return page;
  });
  await step('U03 without a credit left a scan is refused', async () => {
    const events = Array.from({ length: 105 }, (_, at) => scan(`flood ${at}`, ids.qr));
    const { accepted, refused, results } = await as(scanner, ops.RECORD, { events });
    assert.deepEqual([accepted, refused, results.at(-1).code], [99, 6, 'NO_CREDIT']);
    return page;
  });

  await step('U04 the partner sees the fleet and what it consumed', async () => {
    const { data } = await run(ops.FLEET, today(), agency.token);
    const { delegatedTrackers, consumption } = data.viewer.account;
    assert.equal(delegatedTrackers.nodes.length, 3);
    assert.deepEqual(consumption, [{ payer: { name: AGENCY.accountName }, events: 100, credits: 100 }]);
    return page;
  });
  await step('U04 and so does the client', async () => {
    const { data } = await run(ops.FLEET, today(), bakery.token);
    const { trackers, consumption } = data.viewer.account;
    assert.equal(trackers.nodes.length, 5);
    const paid = Object.fromEntries(
      consumption.map(({ payer, credits }: { payer: { name: string }; credits: number }) => [payer.name, credits]),
    );
    assert.deepEqual(paid, { [AGENCY.accountName]: 100, [BAKERY.accountName]: 1 });
    return page;
  });
  await step('U13 the partner ends the take-over, and the client is mailed', async () => {
    assert.equal((await as(agency, ops.END, { delegationId })).delegation.status, 'ENDED');
    await mails.open(bakery.email, 'Une prise en charge de trackers a pris fin');
    return mails.page;
  });
  await step('F18 from that instant the client pays', async () => {
    const { results } = await as(scanner, ops.RECORD, { events: [scan('after', ids.qr)] });
    assert.deepEqual(results[0].event, { credits: 1, payer: { name: BAKERY.accountName } });
    return page;
  });
  await step('U05 the client ends the partnership, and the partner is mailed', async () => {
    assert.equal((await as(bakery, ops.END_PARTNERSHIP, { partnershipId })).partnership.status, 'ENDED');
    await mails.open(agency.email, `The partnership of ${AGENCY.accountName} and ${BAKERY.accountName} has ended`);
    return mails.page;
  });
  await step('the books are sound', async () => {
    const { data } = await run(ops.BOOKS, undefined, staff.token);
    assert.deepEqual([data.ledgerCheck.sound, data.ledgerCheck.problems], [true, []]);
    return page;
  });
}
