import { newId } from '@comptoir/shared/values/uuid.ts';
import type { KeyViewer, PersonViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { anonymous, personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type IdentityFixture, LOG_IN, PASSWORD, startIdentity } from '../testing/identityFixture.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());

const CREATE = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { apiKey { id } secret userErrors { code rule } } }`;
const KEY = { name: 'a name that must not be kept', areas: [{ area: 'TRACKERS', verb: 'WRITE' }] };
const TRAIL = `query ($id: ID!, $action: String, $actor: ID, $first: Int, $after: String, $from: DateTime, $to: DateTime) {
  _entities(representations: [{ __typename: "Account", id: $id }]) { ... on Account {
    trail(first: $first, after: $after, action: $action, actorUserId: $actor, from: $from, to: $to) {
      nodes { id decision action step code rule userId user { id } apiKeyId actingAccount { id } actors { userId loginAsId } subjects { name id } address requestId }
      pageInfo { hasNextPage endCursor } } } } }`;

async function trail(viewer: Viewer, accountId: string, more: Record<string, unknown> = {}): Promise<Answer> {
  const { data, errors } = await identity.execute(TRAIL, { id: accountId, ...more }, viewer);
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return (data as Answer)._entities[0].trail;
}
const rowsOf = async (where: string, values: unknown[]): Promise<Answer[]> =>
  (await identity.admin.query(`select * from access.trail where ${where} order by xid, seq`, values)).rows;

test('P a mutation leaves who, as whom, what, from where and under which request, in ids only', async () => {
  const owner = { ...(await identity.person()), address: '192.0.2.9' };
  const { apiKey, secret } = await identity.ask(CREATE, KEY, owner);
  const { nodes } = await trail(owner, owner.accountId);
  expect(nodes).toEqual([
    {
      id: expect.any(String),
      decision: 'DONE',
      action: 'apiKeyCreate',
      step: null,
      code: null,
      rule: null,
      userId: owner.userId,
      user: { id: owner.userId },
      apiKeyId: null,
      actingAccount: { id: owner.accountId },
      actors: [],
      subjects: [{ name: 'apiKeyId', id: apiKey.id }],
      address: '192.0.2.9',
      requestId: owner.requestId,
    },
  ]);
  const { rows } = await identity.admin.query('select row_to_json(t)::text as text from access.trail t');
  for (const { text } of rows) {
    expect(text).not.toContain(KEY.name);
    expect(text).not.toContain(secret);
    expect(text).not.toContain(owner.email);
  }
});

test('P the row stands in the transaction of the change: when that fails, neither remains', async () => {
  const owner = await identity.person();
  await identity.admin.query('begin');
  // Anyone who cannot write the trail changes nothing.
  await identity.admin.query(`alter function access.trail_add(jsonb) rename to trail_away`);
  await identity.admin.query('commit');
  try {
    const { errors } = await identity.execute(CREATE, { input: KEY }, owner);
    expect(errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
  } finally {
    await identity.admin.query(`alter function access.trail_away(jsonb) rename to trail_add`);
  }
  expect((await identity.admin.query('select from api_key where account_id = $1', [owner.accountId])).rowCount).toBe(0);
  expect(await rowsOf('account_id = $1', [owner.accountId])).toEqual([]);
});

test('P a refusal is recorded with its code and rule, a denial under the decision id that the caller got', async () => {
  const owner = await identity.person();
  const reader = await identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: ['TRACKERS:READ'] });
  const limited = await identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: ['SECURITY:WRITE'] });
  expect((await identity.ask(CREATE, KEY, limited)).userErrors).toEqual([{ code: 'MORE_THAN_YOU_HOLD', rule: 'G15' }]);
  const denied = await identity.execute(
    `mutation ($input: ApiKeyCreateInput!) { secretAlias: apiKeyCreate(input: $input) { secret } }`,
    { input: KEY },
    reader,
  );
  const decisionId = String(denied.errors?.[0]?.extensions.decisionId);
  const { nodes } = await trail(owner, owner.accountId);
  expect(nodes).toMatchObject([
    {
      id: decisionId,
      decision: 'DENIED',
      action: 'apiKeyCreate',
      code: 'FORBIDDEN',
      rule: 'PERSON SECURITY:WRITE',
      userId: reader.userId,
    },
    { decision: 'REFUSED', action: 'apiKeyCreate', code: 'MORE_THAN_YOU_HOLD', rule: 'G15', userId: limited.userId },
  ]);

  const DECISION = 'query ($id: ID!) { decision(id: $id) { id rule action } }';
  const decision = async (viewer: Viewer, id = decisionId): Promise<Answer> =>
    ((await identity.execute(DECISION, { id }, viewer)).data as Answer).decision;
  const found = { id: decisionId, rule: 'PERSON SECURITY:WRITE', action: 'apiKeyCreate' };
  expect(await decision(owner)).toEqual(found);
  expect(await decision(reader)).toEqual(found);
  const colleague = await identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: ['TRACKERS:WRITE'] });
  for (const nobody of [colleague, await identity.person()]) expect(await decision(nobody)).toBeNull();
  expect(await decision(owner, newId())).toBeNull();
});

test('P what was denied of a query has its decision too, by the names of fields and not by what the caller called them', async () => {
  const member = await identity.person({ role: 'MEMBER', areas: ['TRACKERS:READ'] });
  const { errors } = await identity.execute('{ viewer { a: account { mine: apiKeys { nodes { id } } } } }', {}, member);
  const [row] = await rowsOf('id = $1', [errors?.[0]?.extensions.decisionId]);
  expect(row).toMatchObject({
    decision: 'DENIED',
    action: 'viewer.account.apiKeys',
    rule: 'SECURITY:READ',
    user_id: member.userId,
  });
});

test('P what was denied is recorded although the rest of the answer became too large', async () => {
  const member = await identity.person({ role: 'MEMBER', areas: ['TRACKERS:READ'] });
  const query = '{ viewer { account { apiKeys { nodes { id } } } more: account { id } } }';
  const { data, errors } = await identity.subgraph.execute({ query, budget: { left: 60 } }, member);
  expect([data, errors?.[0]?.extensions.code]).toEqual([null, 'ANSWER_TOO_LARGE']);
  const rows = await rowsOf('user_id = $1', [member.userId]);
  expect(rows).toMatchObject([{ decision: 'DENIED', action: 'viewer.account.apiKeys', rule: 'SECURITY:READ' }]);
  // Only what is too large is answered for: with room for all of it there is the same denial, and an answer.
  expect((await identity.execute(query, {}, member)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test('A47 log-ins are in the trail: succeeded with the person, failed and locked with a hash of the e-mail', async () => {
  const owner = await identity.person();
  const logIn = (email: string, password: string): Promise<Answer> =>
    identity.ask(LOG_IN, { email, password }, { ...anonymous('198.51.100.7'), requestId: `log-in ${email}` });
  await logIn(owner.email, PASSWORD);
  for (let at = 0; at < 6; at += 1) await logIn(owner.email, 'not the password');
  const rows = await rowsOf('request_id = $1', [`log-in ${owner.email}`]);
  expect(rows.map(({ decision, code }) => `${decision} ${code}`)).toEqual([
    'DONE null',
    ...Array(5).fill('REFUSED LOGIN_FAILED'),
    'REFUSED LOGIN_LOCKED',
  ]);
  expect(rows[0]).toMatchObject({
    action: 'sessionCreate',
    step: 'log in',
    user_id: owner.userId,
    account_id: owner.accountId,
  });
  const hashes = rows.slice(1).map(({ subjects }) => subjects.filter((text: string) => text.startsWith('emailHash:')));
  expect(new Set(hashes.map(String)).size).toBe(1);
  expect(hashes[0]).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain('not the password');
});

test('P a log-in as somebody else carries the chain of actors', async () => {
  const client = await identity.person();
  const actor = { userId: newId(), accountId: newId(), loginAsId: newId() };
  const acting = personViewer({ accountId: client.accountId, userId: actor.userId, actors: [actor] });
  await identity.execute(CREATE, { input: KEY }, acting);
  const { nodes } = await trail(client, client.accountId);
  expect(nodes[0]).toMatchObject({
    decision: 'DENIED',
    actors: [{ userId: actor.userId, loginAsId: actor.loginAsId }],
    user: null,
  });
});

test('DESIGN 3 what staff read of other accounts is recorded, once per fetch, and shown to each of them without the address', async () => {
  const [one, two] = [await identity.person(), await identity.person()];
  const staff = staffViewer();
  const READ = `query ($a: ID!, $b: ID!) { _entities(representations: [{ __typename: "Account", id: $a }, { __typename: "Account", id: $b }]) {
    ... on Account { people { nodes { id } } apiKeys { nodes { id } } } } }`;
  expect((await identity.execute(READ, { a: one.accountId, b: two.accountId }, staff)).errors).toBeUndefined();
  expect(await rowsOf('user_id = $1', [staff.userId])).toHaveLength(1);
  for (const owner of [one, two]) {
    const { nodes } = await trail(owner, owner.accountId);
    expect(nodes).toMatchObject([
      { decision: 'READ', action: 'Account', userId: null, actingAccount: { id: staff.accountId }, address: null },
    ]);
  }
  // Nor does asking for one person's rows tell who it was.
  expect((await trail(one, one.accountId, { actor: staff.userId })).nodes).toEqual([]);
  expect((await trail(staff, one.accountId, { actor: staff.userId })).nodes).not.toEqual([]);
  // Reading one's own is no one's business.
  await trail(one, one.accountId);
  expect(await rowsOf('user_id = $1', [one.userId])).toEqual([]);
});

test('P the trail is for SECURITY of the account, filtered and paged; another account’s is empty', async () => {
  const owner = await identity.person();
  const second = await identity.person({ accountId: owner.accountId, role: 'ADMIN' });
  for (const viewer of [owner, second, owner, second, owner]) await identity.ask(CREATE, KEY, viewer);
  const { nodes } = await trail(owner, owner.accountId, { actor: second.userId });
  expect(nodes.map(({ userId }: Answer) => userId)).toEqual([second.userId, second.userId]);
  expect((await trail(owner, owner.accountId, { action: 'apiKeyRevoke' })).nodes).toEqual([]);
  expect((await trail(owner, owner.accountId, { to: '2020-01-01T00:00:00Z' })).nodes).toEqual([]);
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const { nodes: page, pageInfo }: Answer = await trail(owner, owner.accountId, { first: 2, after });
    seen.push(...page.map(({ id }: Answer) => id));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null);
  expect([seen.length, new Set(seen).size]).toEqual([5, 5]);
  expect((await trail(await identity.person(), owner.accountId)).nodes).toEqual([]);
  const { errors } = await identity.execute(
    TRAIL,
    { id: owner.accountId },
    await identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: ['BILLING:WRITE'] }),
  );
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', rule: 'SECURITY:READ' });
});

test('G12 a member who is limited to branches sees of the trail their own doings only, by their decisions', async () => {
  const owner = await identity.person();
  await identity.ask(CREATE, KEY, owner);
  const { nodes } = await trail(owner, owner.accountId);
  expect(nodes).toHaveLength(1);
  const { errors } = await identity.execute(TRAIL, { id: owner.accountId }, { ...owner, branches: [newId()] });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', rule: 'G12' });
  const DECISION = 'query ($id: ID!) { decision(id: $id) { id } }';
  const { data } = await identity.execute(DECISION, { id: nodes[0].id }, { ...owner, branches: [newId()] });
  expect(data?.decision).toEqual({ id: nodes[0].id });
});

test('P what is no name of an operation or no id is the client’s error', async () => {
  const owner = await identity.person();
  for (const filter of [{ action: 'nul\0inside' }, { action: '' }, { action: 'x'.repeat(201) }, { actor: 'no id' }]) {
    const { errors } = await identity.execute(TRAIL, { id: owner.accountId, ...filter }, owner);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  }
});

test('N11 a preview-only key changes nothing, also under the second role, and its tries are in the trail', async () => {
  const owner: PersonViewer = await identity.person();
  const { apiKey } = await identity.ask(CREATE, { ...KEY, preview: true }, owner);
  const { sessionId: _, ...acting } = owner;
  const key: KeyViewer = { ...acting, kind: 'KEY', keyId: apiKey.id, preview: true };
  const SET = `mutation ($input: AccountNetworksSetInput!) { accountNetworksSet(input: $input) { account { id } userErrors { code } } }`;
  expect((await identity.ask(SET, { networks: ['127.0.0.0/8'] }, key)).userErrors).toEqual([]);
  const REVOKE = `mutation ($input: ApiKeyRevokeInput!) { apiKeyRevoke(input: $input) { apiKey { id revokedAt } userErrors { code } } }`;
  expect((await identity.ask(REVOKE, { apiKeyId: apiKey.id }, key)).apiKey.revokedAt).not.toBeNull();
  const { rows } = await identity.admin.query(
    'select revoked_at, (select count(*)::integer from access.account_network where account = account_id) as networks from api_key where id = $1',
    [apiKey.id],
  );
  expect(rows).toEqual([{ revoked_at: null, networks: 0 }]);
  const { nodes } = await trail(owner, owner.accountId);
  expect(nodes.map(({ decision, action, apiKeyId }: Answer) => [decision, action, apiKeyId])).toEqual([
    ['PREVIEWED', 'apiKeyRevoke', apiKey.id],
    ['PREVIEWED', 'accountNetworksSet', apiKey.id],
    ['DONE', 'apiKeyCreate', null],
  ]);
});
