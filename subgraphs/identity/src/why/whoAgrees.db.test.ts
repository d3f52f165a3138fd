import type { Services } from '@comptoir/shared/protocol/services.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { AreaText } from '@comptoir/shared/viewer/areas.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';

/**
 * Whom `whoCanAccess` lists are those of whom `explainAccess` says that they are let in, whatever requires a second
 * factor and whatever the way is (N07, N08, N25).
 */
let identity: IdentityFixture;
const places = new Map<string, { accountId: string; branchId: string | null; payerId: string | null }>();
beforeAll(async () => {
  const services: Services = {
    trackers: {
      name: 'trackers',
      execute: async ({ variables }) => ({ data: { internalTrackerPlace: places.get(String(variables?.id)) ?? null } }),
    },
  };
  identity = await startIdentity(services);
});
afterAll(() => identity.stop());

const EXPLAIN = `query ($input: ExplainAccessInput!) { explainAccess(input: $input) { allowed missing { kind } path { kind } } }`;
const WHO = `query ($resource: AccessResourceInput!, $area: Area!, $verb: Verb!) {
  whoCanAccess(resource: $resource, area: $area, verb: $verb, first: 100) { nodes { kind membership { id } apiKey { id } account { id } } } }`;
const KEY = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { apiKey { id } userErrors { code } } }`;
const HELD: AreaText[] = ['TRACKERS:WRITE', 'BILLING:READ', 'SECURITY:WRITE'];

type Subject = { membershipId: string } | { apiKeyId: string };
type House = { asker: PersonViewer; subjects: Record<string, Subject> };

/**
 * An account with one of each kind: who has a second factor and who does not, the provider's staff and others, and a
 * key of each. The asker is staff, and sees every tracker.
 */
async function installation(): Promise<House> {
  const asker = await identity.person({ role: 'STAFF', areas: HELD });
  const { accountId } = asker;
  const subjects: Record<string, Subject> = { 'strong staff': { membershipId: asker.membershipId } };
  const key = async (maker: PersonViewer, more: Record<string, unknown> = {}): Promise<Subject> => {
    const areas = [
      { area: 'TRACKERS', verb: 'WRITE' },
      { area: 'BILLING', verb: 'READ' },
    ];
    const made = await identity.ask(KEY, { name: 'k', areas, ...more }, { ...maker, secondFactor: true });
    expect(made.userErrors).toEqual([]);
    return { apiKeyId: made.apiKey.id };
  };
  const weak = await identity.person({ accountId, role: 'STAFF', areas: HELD });
  const member = await identity.person({ accountId, role: 'MEMBER', areas: HELD });
  const strong = await identity.person({ accountId, role: 'MEMBER', areas: HELD });
  subjects['weak staff'] = { membershipId: weak.membershipId };
  subjects['weak member'] = { membershipId: member.membershipId };
  subjects['strong member'] = { membershipId: strong.membershipId };
  subjects['key of staff'] = await key(weak);
  subjects['key of a member'] = await key(member);
  subjects['key of the account'] = await key(strong, { owner: 'ACCOUNT' });
  for (const { userId } of [asker, strong])
    await identity.admin.query(
      `insert into totp (user_id, secret, created_at, confirmed_at) values ($1, 'sealed', now(), now())`,
      [userId],
    );
  return { asker: { ...asker, secondFactor: true }, subjects };
}
const requireOf = (account: string) =>
  identity.admin.query('insert into access.account_second_factor (account, since) values ($1, now())', [account]);

type Opened = 'own' | 'nothing' | 'LINK' | 'TRACKERS' | 'TRACKERS, by it asked' | 'TRACKERS, by its account asked';
/** A tracker, and how the installation comes to it. */
async function tracker({ asker }: House, opened: Opened, paid: boolean): Promise<string> {
  const [id, account] = [newId(), opened === 'own' ? asker.accountId : newId()];
  places.set(id, { accountId: account, branchId: null, payerId: paid ? asker.accountId : null });
  if (opened === 'own' || opened === 'nothing') return id;
  for (const area of opened === 'LINK' ? ['LINK'] : ['LINK', 'TRACKERS'])
    await identity.admin.query(
      `insert into access.reach (holder, account, area, verb, valid, partnership_id, second_factor)
       values ($1, $2, $3, 'READ', '[2020-01-01,)', $4, $5)`,
      [asker.accountId, account, area, newId(), area !== 'LINK' && opened === 'TRACKERS, by it asked'],
    );
  if (opened === 'TRACKERS, by its account asked') await requireOf(account);
  return id;
}
async function listed({ asker, subjects }: House, id: string, held: AreaText): Promise<string[]> {
  const [area, verb] = held.split(':');
  const { data, errors } = await identity.execute(WHO, { resource: { type: 'TRACKER', id }, area, verb }, asker);
  expect(errors).toBeUndefined();
  const ids = (data as Answer).whoCanAccess.nodes.map(({ membership, apiKey }: Answer) => membership?.id ?? apiKey?.id);
  return Object.keys(subjects).filter((name) => ids.includes(Object.values(subjects[name] as Subject)[0]));
}
async function explained({ asker, subjects }: House, id: string, action: AreaText): Promise<string[]> {
  const resource = { type: 'TRACKER', id };
  const told = Object.entries(subjects).map(async ([name, subject]) => {
    const { allowed } = await identity.ask(EXPLAIN, { action, resource, ...subject }, asker);
    return allowed ? [name] : [];
  });
  return (await Promise.all(told)).flat();
}

const ASKED: boolean[] = [false, true];
test.each(ASKED)(
  'N07 N08 N25 who is listed is who is let in, by every way; the own account asks for a second factor: %s',
  async (asks) => {
    const here = await installation();
    if (asks) await requireOf(here.asker.accountId);
    const ways: Opened[] = [
      'own',
      'nothing',
      'LINK',
      'TRACKERS',
      'TRACKERS, by it asked',
      'TRACKERS, by its account asked',
    ];
    for (const way of ways) {
      for (const paid of [false, true]) {
        const id = await tracker(here, way, paid);
        for (const action of ['TRACKERS:READ', 'TRACKERS:WRITE', 'BILLING:READ'] as const) {
          const of = { way, paid, action };
          expect({ ...of, who: await listed(here, id, action) }).toEqual({
            ...of,
            who: await explained(here, id, action),
          });
        }
      }
    }
  },
);

test('N08 N25 who is listed of another’s tracker: all by a take-over, staff by being staff, others by a partnership and with the second factor that it asks for', async () => {
  const here = await installation();
  const who = async (opened: Opened, paid: boolean, action: AreaText = 'TRACKERS:READ'): Promise<string[]> =>
    await listed(here, await tracker(here, opened, paid), action);
  const staff = ['strong staff', 'weak staff', 'key of staff'];
  const all = Object.keys(here.subjects).sort();
  expect((await who('nothing', false)).sort()).toEqual([...staff].sort());
  expect((await who('LINK', false)).sort()).toEqual([...staff].sort());
  expect((await who('nothing', true)).sort()).toEqual(all);
  expect((await who('nothing', true, 'TRACKERS:WRITE')).sort()).toEqual([...staff].sort());
  expect((await who('TRACKERS', false)).sort()).toEqual(all);
  for (const asked of ['TRACKERS, by it asked', 'TRACKERS, by its account asked'] as const) {
    expect((await who(asked, false)).sort()).toEqual(all.filter((name) => name !== 'weak member'));
    expect((await who(asked, true)).sort()).toEqual(all);
  }
  // What the own account asks for is asked of everybody, whatever the way is; keys are no people.
  await requireOf(here.asker.accountId);
  const strong = all.filter((name) => !name.startsWith('weak'));
  for (const [opened, paid] of [
    ['own', false],
    ['TRACKERS', false],
    ['nothing', true],
  ] as const)
    expect((await who(opened, paid)).sort()).toEqual(strong);
});

test.each(['the client', 'the partnership', 'the account of the actor'])(
  'N08 N25 of a log-in-as of the past the second factor is asked that %s required then',
  async (whose) => {
    const [actor, client] = [await identity.person({ areas: HELD }), await identity.person()];
    const loginAsId = newId();
    const started = new Date(Date.now() - 60_000);
    const at = new Date(Date.now() - 30_000).toISOString();
    // History that was kept then, as the clock of the installation would have it.
    await identity.admin.query(
      `update standing_history set valid = tstzrange('2020-01-01', null) where subject = any ($1::uuid[])`,
      [[actor.membershipId, actor.userId]],
    );
    for (const area of ['SECURITY', 'TRACKERS'])
      for (const verb of ['READ', 'WRITE'])
        await identity.admin.query(
          `insert into access.reach (holder, account, area, verb, valid, partnership_id, second_factor)
         values ($1, $2, $3, $4, '[2020-01-01,)', $5, $6)`,
          [actor.accountId, client.accountId, area, verb, newId(), false],
        );
    await identity.admin.query(
      `insert into login_as (id, account_id, actor_user_id, actor_account_id, by_staff, reason, started_at, until, ended_at, ended_by)
     values ($1, $2, $3, $4, false, 'to help', $5, $5::timestamptz + interval '10 minutes', now(), $3)`,
      [loginAsId, client.accountId, actor.userId, actor.accountId, started],
    );
    const viewer: PersonViewer = {
      ...actor,
      accountId: client.accountId,
      role: 'MEMBER',
      actors: [{ userId: actor.userId, accountId: actor.accountId, loginAsId }],
    };
    const explain = (): Promise<Answer> => identity.ask(EXPLAIN, { action: 'TRACKERS:READ', at }, viewer);
    expect(await explain()).toMatchObject({ allowed: true, missing: null });
    if (whose === 'the partnership') {
      await identity.admin.query('update access.reach set second_factor = true where holder = $1', [actor.accountId]);
    } else {
      const account = whose === 'the client' ? client.accountId : actor.accountId;
      await requireOf(account);
      await identity.admin.query(
        `update standing_history set valid = tstzrange('2020-01-01', null) where subject = history_subject('SECOND_FACTOR', $1)`,
        [account],
      );
    }
    expect(await explain()).toMatchObject({ allowed: false, missing: { kind: 'SECOND_FACTOR' } });
    await identity.admin.query(
      `insert into totp (user_id, secret, created_at, confirmed_at) values ($1, 'sealed', now(), now())`,
      [actor.userId],
    );
    expect(await explain()).toMatchObject({ allowed: false, missing: { kind: 'SECOND_FACTOR' } });
    await identity.admin.query(
      `update standing_history set valid = tstzrange('2020-01-01', null) where subject = history_subject('TOTP', $1)`,
      [actor.userId],
    );
    expect(await explain()).toMatchObject({ allowed: true, missing: null });
  },
);
