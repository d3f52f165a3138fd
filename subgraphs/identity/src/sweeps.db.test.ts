import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { anonymous } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { IdentityConfig } from './base/config.ts';
import { sweepRounds } from './sweeps.ts';
import { type Answer, type IdentityFixture, PASSWORD, startIdentity } from './testing/identityFixture.ts';

/** What is over goes, in its time; nothing that an answer depends on goes. */
let identity: IdentityFixture;
/** How far real time was moved. */
let ahead = 0;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());

const DAY = 86_400_000;
function pass(milliseconds: number): void {
  ahead += milliseconds;
  identity.pass(milliseconds);
}
/** All rounds, once, with what the system role may do. */
async function sweep(): Promise<Record<string, number>> {
  const config = { realTime: { now: () => new Date(Date.now() + ahead) } } as IdentityConfig;
  const work = {
    async system(_id: string, unit: (tx: unknown) => Promise<unknown>) {
      await identity.admin.query('begin; set local role comptoir_identity_system');
      const outcome = await unit({
        query: async (sql: string, values: unknown[]) => {
          const { rows, rowCount } = await identity.admin.query(sql, values);
          return [rows, rowCount];
        },
      });
      await identity.admin.query('commit');
      return outcome;
    },
  } as unknown as JobContext;
  const swept: Record<string, number> = {};
  for (const { title, run } of sweepRounds(config)) swept[title] = (swept[title] ?? 0) + (await run(work, newId()));
  return swept;
}
const count = async (table: string, where = 'true', values: unknown[] = []): Promise<number> =>
  Number((await identity.admin.query(`select count(*) from ${table} where ${where}`, values)).rows[0].count);

const REFRESH = `mutation ($input: SessionRefreshInput!) { sessionRefresh(input: $input) { session { refreshToken } userErrors { code } } }`;
const refresh = (refreshToken: string): Promise<Answer> => identity.ask(REFRESH, { refreshToken });
const SIGN_UP = `mutation ($input: SignUpInput!) { signUp(input: $input) { mailTo } }`;
const EXPLAIN = `query ($input: ExplainAccessInput!) { explainAccess(input: $input) { allowed path { kind holds } missing { kind } } }`;

test('GUARD a session goes a month after it ended; until then and afterwards its tokens get the same answer, and a reuse is found out all along', async () => {
  const { email, userId } = await identity.person();
  const first = (await identity.logIn(email)).session;
  const kept = (await identity.logIn(email)).session;
  const next = (await refresh(kept.refreshToken)).session.refreshToken;
  await identity.ask('mutation { sessionEnd { sessionId } }', null, {
    ...anonymous(),
    userId,
    sessionId: first.sessionId,
    networks: [],
  });
  pass(29 * DAY);
  await sweep();
  expect(await count('session', 'user_id = $1', [userId])).toBe(2);
  const newest = (await refresh(next)).session.refreshToken;
  const before = await refresh(first.refreshToken);
  pass(2 * DAY);
  await sweep();
  expect(await count('session', 'id = $1', [first.sessionId])).toBe(0);
  expect(await refresh(first.refreshToken)).toEqual(before);
  // The other one lives, and its stolen first token still ends it.
  expect(await refresh(kept.refreshToken)).toEqual({ session: null, userErrors: [{ code: 'REFRESH_NOT_VALID' }] });
  expect(await refresh(newest)).toEqual({ session: null, userErrors: [{ code: 'REFRESH_NOT_VALID' }] });
  expect(await count('session', `id = $1 and revoked_reason = 'REFRESH_REUSED'`, [kept.sessionId])).toBe(1);
});

test('a link goes a week after it expired, but not while an account waits to be opened by it', async () => {
  const [forgotten, waiting] = [`${newId()}@example.org`, `${newId()}@example.org`];
  for (const email of [forgotten, waiting]) await identity.ask(SIGN_UP, { email, accountName: 'A', language: 'EN' });
  const [{ id }] = (await identity.admin.query('select id from link where email = $1', [waiting])).rows;
  await identity.admin.query(`select identity_jobs.enqueue('account-open', $1, $2, 0)`, [newId(), { linkId: id }]);
  pass(7 * DAY);
  await sweep();
  expect(await count('link', 'email = $1', [forgotten])).toBe(1);
  pass(DAY + 1_000);
  await sweep();
  expect(await count('link', 'email = any($1)', [[forgotten, waiting]])).toBe(1);
  await identity.admin.query(`update identity_jobs.job set state = 'completed' where name = 'account-open'`);
  await sweep();
  expect(await count('link', 'email = any($1)', [[forgotten, waiting]])).toBe(0);
});

test('the note of a mail and a notice stay while their jobs may come again', async () => {
  const [mailId, noticeId, doneId] = [newId(), newId(), newId()];
  const now = new Date(Date.now() + ahead);
  for (const id of [mailId, doneId]) await identity.admin.query('insert into mail values ($1, $2)', [id, now]);
  for (const id of [noticeId, doneId])
    await identity.admin.query(
      `insert into notice (id, account_id, area, kind, params, created_at) values ($1, $2, 'OTHER', 'X', '{}', $3)`,
      [id, newId(), now],
    );
  await identity.admin.query(`select identity_jobs.enqueue('mail', $1, $2, 0)`, [mailId, { noticeId }]);
  pass(91 * DAY);
  await sweep();
  const ids = [[mailId, noticeId, doneId]];
  expect([await count('mail', 'id = any($1)', ids), await count('notice', 'id = any($1)', ids)]).toEqual([1, 1]);
  await identity.admin.query(`update identity_jobs.job set state = 'completed' where id = $1`, [mailId]);
  await sweep();
  expect([await count('mail', 'id = any($1)', ids), await count('notice', 'id = any($1)', ids)]).toEqual([0, 0]);
});

test('A47 guesses, locks, counts and challenges go when no answer depends on them; a network is known for a year', async () => {
  const { email, userId } = await identity.person();
  for (let guess = 0; guess < 5; guess += 1) await identity.logIn(email, 'not the right one', { address: '192.0.2.9' });
  await identity.logIn(email, PASSWORD);
  await sweep();
  expect(await count('login_guess')).toBe(5);
  expect((await identity.logIn(email, PASSWORD, { address: '192.0.2.9' })).userErrors).toMatchObject([{ rule: 'A47' }]);
  pass(3_600_001);
  await sweep();
  expect([await count('login_guess'), await count('login_lock')]).toEqual([0, 0]);
  pass(364 * DAY);
  await sweep();
  expect(await count('known_network', 'user_id = $1', [userId])).toBe(1);
  pass(DAY);
  await sweep();
  expect(await count('known_network', 'user_id = $1', [userId])).toBe(0);
});

test('N08 what explains the past stays: ten years later it says what it said', async () => {
  const owner = await identity.person();
  const at = new Date().toISOString();
  const explained = (): Promise<Answer> => identity.ask(EXPLAIN, { action: 'BILLING:READ', at }, owner);
  const then = await explained();
  expect(then.allowed).toBe(true);
  const kept = ['standing_history', 'membership', 'app_user', 'access.trail', 'invitation', 'login_as'];
  const counts = async (): Promise<number[]> => {
    const found: number[] = [];
    for (const table of kept) found.push(await count(table));
    return found;
  };
  const before = await counts();
  pass(3_653 * DAY);
  await sweep();
  expect(await counts()).toEqual(before);
  expect(await explained()).toEqual(then);
});

test('more than a batch goes in one round', async () => {
  await identity.admin.query(
    `insert into login_guess (id, email_hash, guessed_at) select gen_random_uuid(), 'many', $1 from generate_series(1, 2500)`,
    [new Date()],
  );
  await sweep();
  expect(await count('login_guess')).toBe(0);
});
