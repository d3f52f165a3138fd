import type { Services } from '@comptoir/shared/protocol/services.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, EVERY_AREA, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';

/**
 * Every fact that an explanation rests on is read as of the instant that is asked for: each is changed, and asked for a
 * millisecond before, at, and a millisecond after its change. What other subgraphs know as of an instant is tested
 * there; here they tell it.
 */
let identity: IdentityFixture;
type Told = { from: string; accountId: string; branchId?: string | null; payerId?: string | null };
/** What trackers, billing and accounts would say: of each thing its states, each from an instant on. */
const told = new Map<string, Told[]>();
function asOf(id: string, at: string | null): Told | null {
  return told.get(id)?.findLast(({ from }) => at === null || from <= at) ?? null;
}
beforeAll(async () => {
  const answer = (field: string): Services[keyof Services] => ({
    name: 'trackers',
    execute: async ({ variables }) => ({
      data: { [field]: asOf(String(variables?.['id']), (variables?.['at'] as string | null | undefined) ?? null) },
    }),
  });
  const accounts: Services[keyof Services] = {
    name: 'accounts',
    execute: async ({ variables }) => ({
      data: {
        internalAccountNames: ((variables?.['ids'] ?? []) as string[]).flatMap(
          (id) => told.get(id)?.map(({ from }) => ({ id, createdAt: from })) ?? [],
        ),
      },
    }),
  };
  identity = await startIdentity({
    trackers: answer('internalTrackerPlace'),
    billing: answer('internalWalletPlace'),
    accounts,
  } as Services);
});
afterAll(() => identity.stop());

const EXPLAIN = `query ($input: ExplainAccessInput!) { explainAccess(input: $input) { allowed missing { kind } } }`;
const WHO = `query ($resource: AccessResourceInput!, $at: DateTime) { whoCanAccess(resource: $resource, area: TRACKERS, verb: READ, at: $at, first: 100) {
  nodes { kind membership { id } apiKey { id } account { id } } } }`;
type Question = { viewer: Viewer; action: string } & Record<string, unknown>;

/** What is missing a millisecond before the instant, at it, and a millisecond after it; null when it is allowed. */
async function around(at: Date, { viewer, ...input }: Question): Promise<(string | null)[]> {
  const answers: (string | null)[] = [];
  for (const by of [-1, 0, 1]) {
    const when = new Date(at.getTime() + by).toISOString();
    const { allowed, missing } = await identity.ask(EXPLAIN, { ...input, at: when }, viewer);
    expect(allowed).toBe(missing === null);
    answers.push(missing?.kind ?? null);
  }
  return answers;
}

/** An instant past every one before it, and past all that the fixture did. */
let minutes = 1;
const instant = (): Date => new Date(Math.floor(Date.now() / 60_000) * 60_000 + 60_000 * ++minutes);
/** Changes something at an instant, as the installation's clock would have it. */
async function change(sql: string, values: unknown[]): Promise<Date> {
  const at = instant();
  await identity.admin.query('begin');
  await identity.admin.query(`select set_config('app.now', $1, true)`, [at.toISOString()]);
  await identity.admin.query(sql, values);
  await identity.admin.query('commit');
  return at;
}
const tracker = (
  ...states: Omit<Told, 'from'>[]
): { type: string; id: string; add(state: Omit<Told, 'from'>, at: Date): void } => {
  const id = newId();
  told.set(
    id,
    states.map((state) => ({ from: '2020-01-01T00:00:00.000Z', branchId: null, payerId: null, ...state })),
  );
  return {
    type: 'TRACKER',
    id,
    add: (state, at) => void told.get(id)?.push({ branchId: null, payerId: null, ...state, from: at.toISOString() }),
  };
};
const named = ({ type, id }: { type: string; id: string }): { type: string; id: string } => ({ type, id });

let owner: PersonViewer;
beforeAll(async () => {
  owner = await identity.person();
});
const member = (areas = ['TRACKERS:READ']): Promise<PersonViewer> =>
  identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: areas as typeof EVERY_AREA });
async function key(maker: PersonViewer, input: Record<string, unknown> = {}): Promise<string> {
  const CREATE = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { apiKey { id } userErrors { code } } }`;
  const areas = [{ area: 'TRACKERS', verb: 'READ' }];
  return (await identity.ask(CREATE, { name: 'k', areas, ...input }, maker)).apiKey.id;
}

test('N08 of a member: areas, role, status, networks and branches, and whether the person is active', async () => {
  const about = async (set: string, to: unknown, more: Record<string, unknown> = {}): Promise<(string | null)[]> => {
    const one = await member();
    const at = await change(`update membership set ${set} = $2 where id = $1`, [one.membershipId, to]);
    return await around(at, { viewer: owner, action: 'TRACKERS:READ', membershipId: one.membershipId, ...more });
  };
  expect(await about('areas', [])).toEqual([null, 'AREA', 'AREA']);
  expect(await about('status', 'INACTIVE')).toEqual([null, 'MEMBERSHIP', 'MEMBERSHIP']);
  expect(await about('status', 'REMOVED')).toEqual([null, 'MEMBERSHIP', 'MEMBERSHIP']);
  expect(await about('networks', ['10.0.0.0/8'], { address: '192.0.2.1' })).toEqual([null, 'NETWORK', 'NETWORK']);
  const here = named(tracker({ accountId: owner.accountId, branchId: newId() }));
  expect(await about('branches', [newId()], { resource: here })).toEqual([null, 'BRANCH', 'BRANCH']);
  const one = await member();
  const left = await change(`update app_user set status = 'INACTIVE' where id = $1`, [one.userId]);
  const question = { viewer: owner, action: 'TRACKERS:READ', membershipId: one.membershipId };
  expect(await around(left, question)).toEqual([null, 'MEMBERSHIP', 'MEMBERSHIP']);
  const back = await change(`update app_user set status = 'ACTIVE' where id = $1`, [one.userId]);
  expect(await around(back, question)).toEqual(['MEMBERSHIP', null, null]);
  const staff = await change(`update membership set role = 'STAFF', areas = '{BILLING:WRITE}' where id = $1`, [
    one.membershipId,
  ]);
  expect(await around(staff, { ...question, action: 'creditsGrant' })).toEqual(['ROLE', null, null]);
});

test('N08 of a key: areas, networks, accounts, its time, its end, and what its maker held', async () => {
  const client = await identity.person();
  const linked = await change(
    `insert into access.reach values ($1, $2, 'TRACKERS', 'READ', tstzrange(access.instant(), null), $3)`,
    [owner.accountId, client.accountId, newId()],
  );
  // The asker sees the client's tracker today: by a partnership of now.
  await identity.admin.query(
    `insert into access.reach values ($1, $2, 'TRACKERS', 'READ', tstzrange('2020-01-01', $4), $3)`,
    [owner.accountId, client.accountId, newId(), linked],
  );
  const abroad = named(tracker({ accountId: client.accountId }));
  const about = async (set: string, to: unknown, more: Record<string, unknown> = {}): Promise<(string | null)[]> => {
    const id = await key(owner);
    const at = await change(`update api_key set ${set} where id = $1`, [id, to]);
    return await around(at, { viewer: owner, action: 'TRACKERS:READ', apiKeyId: id, ...more });
  };
  expect(await about('areas = $2', ['BILLING:READ'])).toEqual([null, 'KEY_SCOPE', 'KEY_SCOPE']);
  expect(await about('networks = $2', ['10.0.0.0/8'], { address: '192.0.2.1' })).toEqual([null, 'NETWORK', 'NETWORK']);
  expect(await about('accounts = $2', [], { resource: abroad })).toEqual([null, 'KEY_ACCOUNTS', 'KEY_ACCOUNTS']);
  expect(await about('not_before = $2', '2099-01-01')).toEqual([null, 'KEY', 'KEY']);
  expect(await about('expires_at = $2', '2020-01-01')).toEqual([null, 'KEY', 'KEY']);
  expect(await about('revoked_at = access.instant(), name = $2', 'gone')).toEqual([null, 'KEY', 'KEY']);
  const maker = await member(['TRACKERS:READ', 'SECURITY:WRITE']);
  const id = await key(maker);
  const at = await change(`update membership set areas = '{SECURITY:WRITE}' where id = $1`, [maker.membershipId]);
  expect(await around(at, { viewer: owner, action: 'TRACKERS:READ', apiKeyId: id })).toEqual([null, 'AREA', 'AREA']);
  // A key's own end is half-open as well.
  const until = instant();
  const short = await key(owner, { expiresAt: until.toISOString() });
  expect(await around(until, { viewer: owner, action: 'TRACKERS:READ', apiKeyId: short })).toEqual([
    null,
    'KEY',
    'KEY',
  ]);
});

test('N08 of an account: its network list; of a partnership: from when to when, and what it opens', async () => {
  const [home, partner] = [await identity.person(), await identity.person()];
  const listed = await change(`insert into access.account_network values ($1, '{10.0.0.0/8}')`, [home.accountId]);
  const question = { viewer: { ...home, address: '10.1.1.1' }, action: 'TRACKERS:READ', address: '192.0.2.1' };
  expect(await around(listed, question)).toEqual([null, 'NETWORK', 'NETWORK']);
  const wider = await change(`update access.account_network set networks = '{192.0.2.0/24}' where account = $1`, [
    home.accountId,
  ]);
  expect(await around(wider, question)).toEqual(['NETWORK', null, null]);
  const lifted = await change('delete from access.account_network where account = $1', [home.accountId]);
  expect(await around(lifted, { ...question, address: '198.51.100.1' })).toEqual(['NETWORK', null, null]);

  const [from, to] = [instant(), instant()];
  for (const [area, verb] of [
    ['TRACKERS', 'READ'],
    ['LINK', 'READ'],
  ])
    await identity.admin.query('insert into access.reach values ($1, $2, $3, $4, tstzrange($5, $6), $7)', [
      partner.accountId,
      home.accountId,
      area,
      verb,
      from,
      to,
      newId(),
    ]);
  // The asker sees the tracker today, by another grant.
  await identity.admin.query(
    `insert into access.reach values ($1, $2, 'TRACKERS', 'READ', tstzrange(now() - interval '1 day', now() + interval '1 second'), $3)`,
    [partner.accountId, home.accountId, newId()],
  );
  const theirs = tracker({ accountId: home.accountId });
  const reached = { viewer: partner, action: 'TRACKERS:READ', resource: named(theirs) };
  expect(await around(from, reached)).toEqual(['PARTNERSHIP', null, null]);
  expect(await around(to, reached)).toEqual([null, 'PARTNERSHIP', 'PARTNERSHIP']);
});

test('N08 U04 of a tracker: its take-over, its branch, and whether it was there', async () => {
  const partner = await identity.person();
  const taken = tracker();
  const [made, offered, ended] = [instant(), instant(), instant()];
  taken.add({ accountId: owner.accountId }, made);
  taken.add({ accountId: owner.accountId, payerId: partner.accountId }, offered);
  taken.add({ accountId: owner.accountId }, ended);
  // Today the partner sees it: taken over again.
  taken.add({ accountId: owner.accountId, payerId: partner.accountId }, instant());
  const question = { viewer: partner, action: 'TRACKERS:READ', resource: named(taken) };
  expect(await around(made, question)).toEqual(['RESOURCE', 'PARTNERSHIP', 'PARTNERSHIP']);
  expect(await around(offered, question)).toEqual(['PARTNERSHIP', null, null]);
  expect(await around(ended, question)).toEqual([null, 'PARTNERSHIP', 'PARTNERSHIP']);

  const [north, south] = [newId(), newId()];
  const one = await member();
  await identity.admin.query('update membership set branches = $2 where id = $1', [one.membershipId, [north]]);
  const moved = tracker({ accountId: owner.accountId, branchId: north });
  const at = instant();
  moved.add({ accountId: owner.accountId, branchId: south }, at);
  const of = { viewer: owner, action: 'TRACKERS:READ', membershipId: one.membershipId, resource: named(moved) };
  expect(await around(at, of)).toEqual([null, 'BRANCH', 'BRANCH']);
});

test('N08 whoCanAccess: the partner of a take-over, members by the branch of then, and nobody before there was such a thing', async () => {
  const partner = await identity.person();
  const home = await identity.person();
  const branch = newId();
  const one = await identity.person({ accountId: home.accountId, role: 'MEMBER', areas: ['TRACKERS:READ'] });
  await identity.admin.query('update membership set branches = $2 where id = $1', [one.membershipId, [branch]]);
  const thing = tracker();
  const [made, into, offered, out] = [instant(), instant(), instant(), instant()];
  thing.add({ accountId: home.accountId }, made);
  thing.add({ accountId: home.accountId, branchId: branch }, into);
  thing.add({ accountId: home.accountId, branchId: branch, payerId: partner.accountId }, offered);
  thing.add({ accountId: home.accountId }, out);
  const who = async (at: Date): Promise<string[]> => {
    const { data, errors } = await identity.execute(WHO, { resource: named(thing), at: at.toISOString() }, home);
    expect(errors).toBeUndefined();
    const found: Answer = data?.['whoCanAccess'];
    return found.nodes.map(({ kind, membership, account }: Answer) => membership?.id ?? `${kind} ${account.id}`).sort();
  };
  const [me, them, taker] = [home.membershipId, one.membershipId, `PARTNER_ACCOUNT ${partner.accountId}`];
  const before = (at: Date): Date => new Date(at.getTime() - 1);
  expect(await who(before(made))).toEqual([]);
  expect(await who(made)).toEqual([me]);
  expect(await who(before(into))).toEqual([me]);
  expect(await who(into)).toEqual([me, them].sort());
  expect(await who(before(offered))).toEqual([me, them].sort());
  expect(await who(offered)).toEqual([me, them, taker].sort());
  expect(await who(before(out))).toEqual([me, them, taker].sort());
  expect(await who(out)).toEqual([me]);
});

test('N08 of cards, members, keys, wallets and accounts: whether they were there, and in which branch', async () => {
  const [north, south] = [newId(), newId()];
  const limited = await identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: EVERY_AREA });
  await identity.admin.query('update membership set branches = $2 where id = $1', [limited.membershipId, [north]]);
  const about = (action: string, type: string, id: string, subject = owner) => ({
    viewer: owner,
    action,
    membershipId: subject.membershipId,
    resource: { type, id },
  });
  const card = newId();
  const added = await change(
    `insert into contact (id, account_id, branch_id, name, type, newsletter, created_by, created_at, updated_at)
     values ($1, $2, $3, 'Card', 'OTHER', false, $4, access.instant(), access.instant())`,
    [card, owner.accountId, north, owner.userId],
  );
  const moved = await change('update contact set branch_id = $2 where id = $1', [card, south]);
  const gone = await change('delete from contact where id = $1', [card]);
  expect(await around(added, about('OTHER:READ', 'CONTACT', card))).toEqual(['RESOURCE', null, null]);
  expect(await around(moved, about('OTHER:READ', 'CONTACT', card, limited))).toEqual([null, 'BRANCH', 'BRANCH']);
  expect(await around(gone, about('OTHER:READ', 'CONTACT', card))).toEqual([null, 'RESOURCE', 'RESOURCE']);
  const { missing } = await identity.ask(
    EXPLAIN,
    { action: 'OTHER:READ', resource: { type: 'CONTACT', id: card } },
    owner,
  );
  expect(missing.kind).toBe('RESOURCE');
  // To whom the card was none of their business it looks like none at any instant.
  const stranger = await identity.person();
  expect(
    await around(moved, { ...about('OTHER:READ', 'CONTACT', card), viewer: stranger, membershipId: undefined }),
  ).toEqual(['RESOURCE', 'RESOURCE', 'RESOURCE']);

  const one = await member();
  await identity.admin.query('update membership set branches = $2 where id = $1', [one.membershipId, [north]]);
  const transferred = await change('update membership set branches = $2 where id = $1', [one.membershipId, [south]]);
  expect(await around(transferred, about('SECURITY:READ', 'MEMBERSHIP', one.membershipId, limited))).toEqual([
    null,
    'BRANCH',
    'BRANCH',
  ]);
  const { rows } = await identity.admin.query(
    'select lower(valid) as at from standing_history where subject = $1 order by valid limit 1',
    [one.membershipId],
  );
  expect(await around(rows[0].at, about('SECURITY:READ', 'MEMBERSHIP', one.membershipId))).toEqual([
    'RESOURCE',
    null,
    null,
  ]);

  const maker = await member(['TRACKERS:READ', 'SECURITY:WRITE']);
  await identity.admin.query('update membership set branches = $2 where id = $1', [maker.membershipId, [north]]);
  const id = await key(maker);
  const away = await change('update membership set branches = $2 where id = $1', [maker.membershipId, [south]]);
  expect(await around(away, about('SECURITY:READ', 'API_KEY', id, limited))).toEqual([null, 'BRANCH', 'BRANCH']);
  const born = await identity.admin.query('select lower(valid) as at from standing_history where subject = $1', [id]);
  expect(await around(born.rows[0].at, about('SECURITY:READ', 'API_KEY', id))).toEqual(['RESOURCE', null, null]);

  const wallet = newId();
  const opened = instant();
  told.set(wallet, [{ from: opened.toISOString(), accountId: owner.accountId }]);
  told.set(owner.accountId, [{ from: opened.toISOString(), accountId: owner.accountId }]);
  expect(await around(opened, about('BILLING:READ', 'WALLET', wallet))).toEqual(['RESOURCE', null, null]);
  expect(await around(opened, about('BILLING:READ', 'ACCOUNT', owner.accountId))).toEqual(['RESOURCE', null, null]);
});

test('N08 N12 of a log-in-as: from its start to its end, with what both sides held then', async () => {
  const [actor, client] = [await identity.person(), await identity.person()];
  const open = (area: string) =>
    identity.admin.query(
      `insert into access.reach values ($1, $2, split_part($3, ':', 1), split_part($3, ':', 2), tstzrange('2020-01-01', null), $4)`,
      [actor.accountId, client.accountId, area, newId()],
    );
  for (const area of ['LINK:READ', 'SECURITY:READ', 'SECURITY:WRITE', 'TRACKERS:READ']) await open(area);
  const [started, ended] = [instant(), instant()];
  const loginAsId = newId();
  await identity.admin.query(
    `insert into login_as (id, account_id, actor_user_id, actor_account_id, by_staff, reason, started_at, until, ended_at, ended_by)
     values ($1, $2, $3, $4, false, 'to help', $5, $5::timestamptz + interval '1 hour', $6, $3)`,
    [loginAsId, client.accountId, actor.userId, actor.accountId, started, ended],
  );
  const actors = [{ userId: actor.userId, accountId: actor.accountId, loginAsId }];
  const viewer: PersonViewer = {
    ...actor,
    accountId: client.accountId,
    role: 'MEMBER',
    areas: { TRACKERS: 'READ', SECURITY: 'WRITE' },
    actors,
  };
  expect(await around(started, { viewer, action: 'TRACKERS:READ' })).toEqual(['MEMBERSHIP', null, null]);
  expect(await around(ended, { viewer, action: 'TRACKERS:READ' })).toEqual([null, 'MEMBERSHIP', 'MEMBERSHIP']);
  expect(await around(started, { viewer, action: 'BILLING:READ' })).toEqual(['MEMBERSHIP', 'AREA', 'AREA']);
  // What the client takes back between start and end is gone from then on.
  const taken = new Date((started.getTime() + ended.getTime()) / 2);
  await identity.admin.query(
    `update access.reach set valid = tstzrange(lower(valid), $3) where holder = $1 and account = $2 and area = 'TRACKERS'`,
    [actor.accountId, client.accountId, taken],
  );
  expect(await around(taken, { viewer, action: 'TRACKERS:READ' })).toEqual([null, 'AREA', 'AREA']);
});
