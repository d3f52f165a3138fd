import { newId } from '@comptoir/shared/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { serviceViewer } from '../../../../infra/src/testing/viewers.ts';
import { type Answer, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';
import { addLoginAs } from './loginAsStore.ts';

/** What the gateway is told of a log-in-as, at every request, as everything that it stands on changes. */
let identity: IdentityFixture;
/** How far real time was moved. */
let ahead = 0;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());

const STANDING = `query ($credential: CredentialInput!) { credentialStanding(credential: $credential) {
  userId accountId role areas networks actors { userId accountId loginAsId } refusal } }`;
const standing = async (sessionId: string, accountId?: string): Promise<Answer> =>
  (await identity.execute(STANDING, { credential: { sessionId, accountId } }, serviceViewer('gateway'))).data
    ?.credentialStanding;

type Started = { id: string; sessionId: string; parentId: string; actor: PersonViewer; client: PersonViewer };

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
  const owner = { query: (sql: string, values: unknown[]) => identity.admin.query(sql, values) };
  await addLoginAs(
    owner as unknown as EntityManager,
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
    },
    { id: sessionId, parentId, address: '127.0.0.1' },
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

test('N12 the database refuses one of more than an hour', async () => {
  const { id } = await started();
  await expect(
    identity.admin.query(`update login_as set until = started_at + interval '61 minutes' where id = $1`, [id]),
  ).rejects.toThrow(/check constraint/);
});
