import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { until } from '@comptoir/testing/until.ts';
import { serviceViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { accountsDouble } from '../testing/accountsDouble.ts';
import { type Answer, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';
import { addLoginAs } from './loginAsStore.ts';

/** What the gateway is told of a log-in-as, at every request, as everything that it stands on changes. */
let identity: IdentityFixture;
/** How far real time was moved. */
let ahead = 0;
const accounts = accountsDouble();
beforeAll(async () => {
  identity = await startIdentity({ accounts });
});
afterAll(() => identity.stop());

const STANDING = `query ($credential: CredentialInput!) { credentialStanding(credential: $credential) {
  userId accountId role areas networks actors { userId accountId loginAsId } refusal } }`;
const standing = async (sessionId: string, accountId?: string): Promise<Answer> =>
  (await identity.execute(STANDING, { credential: { sessionId, accountId } }, serviceViewer('gateway'))).data
    ?.credentialStanding;

type Started = {
  id: string;
  sessionId: string;
  parentId: string;
  actor: PersonViewer & { email: string };
  client: PersonViewer;
};

async function reach(holder: string, account: string, ...areas: string[]): Promise<void> {
  for (const [area, verb] of areas.map((text) => text.split(':'))) {
    await identity.admin.query(
      `insert into access.reach values ($1, $2, $3, $4, tstzrange(now() - interval '1 hour', null), $5)`,
      [holder, account, area, verb, newId()],
    );
  }
}

/** As `loginAsStart` does it, for half an hour. */
async function started({ byStaff = false } = {}): Promise<Started> {
  const client = await identity.person();
  const actor = await identity.person({
    role: byStaff ? 'STAFF' : 'MEMBER',
    areas: ['SECURITY:WRITE', 'TRACKERS:READ', 'SUPPORT:WRITE'],
  });
  await reach(
    actor.accountId,
    client.accountId,
    'SECURITY:READ',
    'SECURITY:WRITE',
    'TRACKERS:READ',
    'TRACKERS:WRITE',
    'BILLING:READ',
  );
  const parentId = (await identity.logIn(actor.email)).session.sessionId;
  const [id, sessionId, startedAt] = [newId(), newId(), new Date(Date.now() + ahead)];
  await identity.system((tx) =>
    addLoginAs(
      tx,
      {
        id,
        accountId: client.accountId,
        actorUserId: actor.userId,
        actorAccountId: actor.accountId,
        byStaff,
        reason: 'Ticket 4711',
        startedAt,
        until: new Date(startedAt.getTime() + 30 * 60_000),
        endedAt: null,
        endedBy: null,
        accountCancelled: false,
      },
      { id: sessionId, parentId, address: '127.0.0.1' },
    ),
  );
  return { id, sessionId, parentId, actor, client };
}

test('N12 it opens the client’s account with what the actor holds at home and the client granted, as nobody in particular', async () => {
  const { id, sessionId, actor, client } = await started();
  const found = await standing(sessionId);
  expect(found).toMatchObject({
    userId: actor.userId,
    accountId: client.accountId,
    role: 'MEMBER',
    actors: [{ userId: actor.userId, accountId: actor.accountId, loginAsId: id }],
    refusal: null,
  });
  expect(new Set(found.areas)).toEqual(new Set(['SECURITY:READ', 'SECURITY:WRITE', 'TRACKERS:READ']));
  expect(await standing(sessionId, client.accountId)).toEqual(found);
  for (const other of [actor.accountId, newId()])
    expect(await standing(sessionId, other)).toMatchObject({ accountId: null, areas: [], refusal: expect.any(String) });
});

test('N12 staff need no grant, and are no staff there', async () => {
  const { sessionId } = await started({ byStaff: true });
  expect(await standing(sessionId)).toMatchObject({
    role: 'MEMBER',
    areas: ['SECURITY:WRITE', 'TRACKERS:READ', 'SUPPORT:WRITE'],
  });
});

test('A59 nobody logs in as the provider, neither staff nor whoever is let in: it looks like no account', async () => {
  const START = `mutation ($input: LoginAsStartInput!) { loginAsStart(input: $input) { loginAs { id } userErrors { code rule } } }`;
  const provider = await identity.person();
  accounts.providers.add(provider.accountId);
  const staff = await identity.person({ role: 'STAFF' });
  const partner = await identity.person();
  await reach(partner.accountId, provider.accountId, 'LINK:READ', 'SECURITY:READ', 'SECURITY:WRITE');
  for (const viewer of [staff, partner]) {
    for (const accountId of [provider.accountId, provider.accountId.toUpperCase()]) {
      const refused = { loginAs: null, userErrors: [{ code: 'ACCOUNT_NOT_FOUND', rule: 'A59' }] };
      expect(await identity.ask(START, { accountId, reason: 'to look around', minutes: 5 }, viewer)).toEqual(refused);
    }
  }
});

test('G11 it keeps to the networks of the member, of their account and of the client', async () => {
  const { sessionId, actor, client } = await started();
  await identity.admin.query(`update membership set networks = '{10.1.0.0/16}' where id = $1`, [actor.membershipId]);
  await identity.admin.query(`insert into access.account_network values ($1, '{10.2.0.0/16}'), ($2, '{10.3.0.0/16}')`, [
    actor.accountId,
    client.accountId,
  ]);
  expect((await standing(sessionId)).networks.flat().sort()).toEqual(['10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16']);
});

const ENDINGS: [string, (started: Started) => Promise<unknown>][] = [
  [
    'its client ends it',
    ({ id, client }) =>
      identity.admin.query('update login_as set ended_at = now(), ended_by = $2 where id = $1', [id, client.userId]),
  ],
  [
    'the session that it was started from ends',
    ({ parentId }) =>
      identity.admin.query(`update session set revoked_at = now(), revoked_reason = 'LOG_OUT' where id = $1`, [
        parentId,
      ]),
  ],
  [
    'the actor is deactivated',
    ({ actor }) => identity.admin.query(`update app_user set status = 'INACTIVE' where id = $1`, [actor.userId]),
  ],
  [
    'the actor is no member at home any more',
    ({ actor }) =>
      identity.admin.query(`update membership set status = 'INACTIVE' where id = $1`, [actor.membershipId]),
  ],
  [
    'the actor holds SECURITY for reading only',
    ({ actor }) =>
      identity.admin.query(`update membership set areas = '{SECURITY:READ,TRACKERS:READ}' where id = $1`, [
        actor.membershipId,
      ]),
  ],
  [
    'the client takes SECURITY back',
    ({ actor }) =>
      identity.admin.query(`delete from access.reach where holder = $1 and area = 'SECURITY' and verb = 'WRITE'`, [
        actor.accountId,
      ]),
  ],
];

test('A59 a cancellation ends what goes on in its own commit, once, and leaves what was over as it was', async () => {
  const [running, over] = [await started(), await started()];
  const until = new Date(Date.now() - 1_000);
  await identity.admin.query(
    `update login_as set started_at = $2::timestamptz - interval '1 minute', until = $2 where id = $1`,
    [over.id, until],
  );
  for (const { client } of [running, over])
    await identity.admin.query('insert into access.account_cancelled (account) values ($1)', [client.accountId]);
  expect(await standing(running.sessionId)).toBeNull();
  const { rows } = await identity.admin.query(
    'select id, ended_at is not null as ended, account_cancelled from login_as where id = any($1) order by id',
    [[running.id, over.id]],
  );
  expect(rows).toEqual([
    { id: running.id, ended: true, account_cancelled: true },
    { id: over.id, ended: false, account_cancelled: false },
  ]);
  const trail = await identity.admin.query(
    `select account_id, accounts, by_service, subjects from access.trail where action = 'loginAsEnd' and subjects && $1`,
    [[`loginAsId:${running.id}`, `loginAsId:${over.id}`]],
  );
  expect(trail.rows).toEqual([
    {
      account_id: null,
      accounts: [running.client.accountId, running.actor.accountId],
      by_service: 'accounts',
      subjects: [`loginAsId:${running.id}`],
    },
  ]);
});

test('A59 a log-in-as that is started while its account is being cancelled waits for the cancellation, and is refused', async () => {
  const { actor, client, parentId } = await started();
  await reach(actor.accountId, client.accountId, 'LINK:READ');
  await identity.admin.query('begin');
  await identity.admin.query('insert into access.account_cancelled (account) values ($1)', [client.accountId]);
  const START = `mutation ($input: LoginAsStartInput!) { loginAsStart(input: $input) { loginAs { id } userErrors { code rule } } }`;
  const input = { accountId: client.accountId, reason: 'Ticket 4712', minutes: 5 };
  const starting = identity.ask(START, input, { ...actor, sessionId: parentId });
  try {
    await until(async () => {
      const { rows } = await identity.admin.query(
        `select from pg_locks l join pg_database d on d.oid = l.database
         where d.datname = current_database() and l.locktype = 'advisory' and not l.granted`,
      );
      return rows.length === 1;
    }, 'the start to wait for the cancellation');
  } finally {
    await identity.admin.query('commit');
  }
  expect(await starting).toEqual({ loginAs: null, userErrors: [{ code: 'ACCOUNT_CANCELLED', rule: 'A59' }] });
});

test('G11 A59 a start that is sent again gives no token where a renewal gives none: from outside a list, or cancelled', async () => {
  const START = `mutation ($input: LoginAsStartInput!) { loginAsStart(input: $input) {
    loginAs { id } tokens { accessToken } userErrors { code rule } } }`;
  const { actor, client, parentId } = await started();
  await reach(actor.accountId, client.accountId, 'LINK:READ');
  const input = { accountId: client.accountId, reason: 'Ticket 4713', minutes: 5, idempotencyKey: newId() };
  const start = (address: string): Promise<Answer> =>
    identity.ask(START, input, { ...actor, sessionId: parentId, address });
  const first = await start('10.1.0.1');
  expect(first).toMatchObject({ tokens: { accessToken: expect.any(String) }, userErrors: [] });
  const lists = [
    [`update membership set networks = '{10.1.0.0/16}' where id = $1`, actor.membershipId],
    [`insert into access.account_network values ($1, '{10.1.0.0/16}')`, actor.accountId],
    [`insert into access.account_network values ($1, '{10.1.0.0/16}')`, client.accountId],
  ] as const;
  const undo = [
    `update membership set networks = '{}' where id = $1`,
    'delete from access.account_network where account = $1',
  ];
  const outside = { loginAs: null, tokens: null, userErrors: [{ code: 'ADDRESS_NOT_ALLOWED', rule: 'G11' }] };
  for (const [limit, id] of lists) {
    await identity.admin.query(limit, [id]);
    expect(await start('10.2.0.1')).toEqual(outside);
    expect((await start('10.1.0.1')).tokens).not.toBeNull();
    await identity.admin.query(undo[limit.startsWith('update') ? 0 : 1] as string, [id]);
  }
  expect(await start('10.2.0.1')).toMatchObject({ loginAs: { id: first.loginAs.id }, userErrors: [] });
  await identity.admin.query('insert into access.account_cancelled (account) values ($1)', [client.accountId]);
  const cancelled = { loginAs: null, tokens: null, userErrors: [{ code: 'ACCOUNT_CANCELLED', rule: 'A59' }] };
  expect(await start('10.1.0.1')).toEqual(cancelled);
});

test.each(ENDINGS)('N12 it is over when %s', async (_what, end) => {
  const each = await started();
  expect(await standing(each.sessionId)).not.toBeNull();
  await end(each);
  expect(await standing(each.sessionId)).toBeNull();
});

test('N12 it is over when its time is, and staff’s is when they are staff no more', async () => {
  const byStaff = await started({ byStaff: true });
  await identity.admin.query(`update membership set role = 'MEMBER' where id = $1`, [byStaff.actor.membershipId]);
  expect(await standing(byStaff.sessionId)).toBeNull();

  const { sessionId, actor } = await started();
  ahead += 30 * 60_000;
  identity.pass(30 * 60_000);
  expect(await standing(sessionId)).toBeNull();
  const SESSIONS = '{ viewer { sessions { nodes { id } } } }';
  const { data } = await identity.execute(SESSIONS, {}, actor);
  expect(JSON.stringify(data)).not.toContain(sessionId);
});

test('A59 the client sees a log-in-as end with the session that it was started from, however that ends', async () => {
  const SEEN = `query ($r: [_Any!]!, $active: Boolean) { _entities(representations: $r) { ... on Account { loginAsSessions(active: $active) { nodes { id active endedBy } } } } }`;
  const seen = async (client: PersonViewer, active: boolean): Promise<unknown> => {
    const r = [{ __typename: 'Account', id: client.accountId }];
    return ((await identity.execute(SEEN, { r, active }, client)) as Answer).data._entities[0].loginAsSessions.nodes;
  };
  for (const end of ['mutation { sessionEnd { sessionId } }', 'mutation { sessionsRevokeOthers { ended } }']) {
    const { id, parentId, actor, client } = await started();
    expect(await seen(client, true)).toEqual([{ id, active: true, endedBy: null }]);
    const sessionId = end.includes('Others') ? (await identity.logIn(actor.email)).session.sessionId : parentId;
    await identity.ask(end, null, { ...actor, sessionId });
    expect(await seen(client, true)).toEqual([]);
    expect(await seen(client, false)).toEqual([{ id, active: false, endedBy: 'ACTOR' }]);
  }
});

test('N12 the database refuses one of more than an hour', async () => {
  const { id } = await started();
  await expect(
    identity.admin.query(`update login_as set until = started_at + interval '61 minutes' where id = $1`, [id]),
  ).rejects.toThrow(/check constraint/);
});
