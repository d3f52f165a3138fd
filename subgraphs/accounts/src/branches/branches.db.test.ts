import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { SubgraphFixture } from '@comptoir/testing/subgraphFixture.ts';
import { personViewer, serviceViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startAccounts } from '../testing/startAccounts.ts';

type Answer = any;
let home: SubgraphFixture;
beforeAll(async () => {
  home = await startAccounts();
});
afterAll(() => home.stop());

const mutation = (name: string, type: string): string =>
  `mutation ($input: ${type}!) { ${name}(input: $input) { branch { id name archived } userErrors { code field rule } } }`;
const CREATE = mutation('branchCreate', 'BranchCreateInput');
const RENAME = mutation('branchRename', 'BranchRenameInput');
const ARCHIVE = mutation('branchArchive', 'BranchArchiveInput');
const RESTORE = mutation('branchRestore', 'BranchArchiveInput');
const LIST = `query ($id: ID!, $archived: Boolean) { account(id: $id) { branches(archived: $archived) { nodes { name } } } }`;

async function ask(query: string, input: Answer, viewer: Viewer): Promise<Answer> {
  const { data, errors } = await home.execute(query, { input }, viewer);
  expect(errors).toBeUndefined();
  return Object.values(data ?? {})[0];
}
async function openAccount(): Promise<PersonViewer> {
  const id = newId();
  await home.admin.query(`insert into account values ($1, 'CLIENT', 'Chain', $2)`, [id, new Date()]);
  return personViewer({ accountId: id });
}
const names = async (viewer: PersonViewer, archived = false): Promise<string[]> => {
  const { data } = (await home.execute(LIST, { id: viewer.accountId, archived }, viewer)) as Answer;
  return data.account.branches.nodes.map(({ name }: Answer) => name);
};

test('G12 branches are made, renamed, archived and restored by whoever has CONFIGURATION for writing', async () => {
  const owner = await openAccount();
  const { branch } = await ask(CREATE, { name: ' North ' }, owner);
  expect(branch).toMatchObject({ name: 'North', archived: false });
  expect((await ask(CREATE, { name: 'North' }, owner)).userErrors).toMatchObject([{ code: 'NAME_TAKEN' }]);
  expect((await ask(CREATE, { name: ' ' }, owner)).userErrors).toMatchObject([{ code: 'NAME_NOT_READABLE' }]);
  const both = await Promise.all([ask(CREATE, { name: 'South' }, owner), ask(CREATE, { name: 'South' }, owner)]);
  expect(both.filter((each) => each.branch !== null)).toHaveLength(1);
  expect((await ask(RENAME, { branchId: branch.id, name: 'South' }, owner)).userErrors).toMatchObject([
    { code: 'NAME_TAKEN' },
  ]);
  expect((await ask(RENAME, { branchId: branch.id, name: 'East' }, owner)).branch.name).toBe('East');
  expect(await names(owner)).toEqual(['East', 'South']);
  for (let again = 0; again < 2; again += 1)
    expect((await ask(ARCHIVE, { branchId: branch.id }, owner)).branch.archived).toBe(true);
  expect([await names(owner), await names(owner, true)]).toEqual([['South'], ['East']]);
  expect((await ask(RESTORE, { branchId: branch.id }, owner)).branch.archived).toBe(false);

  const reader: PersonViewer = { ...owner, role: 'MEMBER', areas: { CONFIGURATION: 'READ' } };
  const { errors } = await home.execute(CREATE, { input: { name: 'West' } }, reader);
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test('G12 a member who is limited to branches sees those and sets up none; another account’s look missing', async () => {
  const owner = await openAccount();
  const [north, south] = [
    (await ask(CREATE, { name: 'North' }, owner)).branch,
    (await ask(CREATE, { name: 'South' }, owner)).branch,
  ];
  const limited: PersonViewer = { ...owner, role: 'MEMBER', branches: [north.id] };
  expect(await names(limited)).toEqual(['North']);
  const refused = async (mutation: string, input: object): Promise<unknown> =>
    (await home.execute(mutation, { input }, limited)).errors?.[0]?.extensions;
  expect(await refused(CREATE, { name: 'West' })).toMatchObject({ code: 'FORBIDDEN', rule: 'G12' });
  expect(await refused(ARCHIVE, { branchId: north.id })).toMatchObject({ code: 'FORBIDDEN', rule: 'G12' });
  const ENTITIES = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Branch { name } } }`;
  const hop = async (viewer: Viewer): Promise<Answer> =>
    (
      (await home.execute(
        ENTITIES,
        { r: [north, south].map(({ id }) => ({ __typename: 'Branch', id })) },
        viewer,
      )) as Answer
    ).data._entities;
  expect(await hop(owner)).toEqual([{ name: 'North' }, { name: 'South' }]);
  expect(await hop(limited)).toEqual([{ name: 'North' }, null]);
  const stranger = await openAccount();
  expect(await hop(stranger)).toEqual([null, null]);
  const absent = await ask(RENAME, { branchId: newId(), name: 'Mine' }, stranger);
  expect(absent.userErrors).toMatchObject([{ code: 'BRANCH_NOT_FOUND' }]);
  expect(await ask(RENAME, { branchId: north.id, name: 'Mine' }, stranger)).toEqual(absent);
});

test('G12 a member who is limited to branches reads the name of a partner, which may pay for its trackers, and of no client', async () => {
  const [owner, partner] = [await openAccount(), await openAccount()];
  await home.admin.query(`insert into access.reach values ($1, $2, 'LINK', 'READ', tstzrange($3, null), $4)`, [
    partner.accountId,
    owner.accountId,
    new Date(0),
    newId(),
  ]);
  const NAME = `query ($id: ID!) { account(id: $id) { name } }`;
  const seen = async (viewer: PersonViewer, id: string): Promise<unknown> =>
    ((await home.execute(NAME, { id }, viewer)) as Answer).data.account;
  const branches = [newId()];
  expect(await seen({ ...owner, role: 'MEMBER', branches }, partner.accountId)).toEqual({ name: 'Chain' });
  expect(await seen({ ...partner, role: 'MEMBER', branches }, owner.accountId)).toBeNull();
  expect(await seen({ ...partner, role: 'MEMBER', branches }, partner.accountId)).toEqual({ name: 'Chain' });
  expect(await seen(partner, owner.accountId)).toEqual({ name: 'Chain' });
});

test('G12 services ask which branches are in use, and nobody else', async () => {
  const owner = await openAccount();
  const { branch } = await ask(CREATE, { name: 'North' }, owner);
  const gone = (await ask(CREATE, { name: 'Gone' }, owner)).branch;
  await ask(ARCHIVE, { branchId: gone.id }, owner);
  const ASK = 'query ($accountId: ID!, $ids: [ID!]!) { internalBranches(accountId: $accountId, ids: $ids) { id } }';
  const ids = [branch.id, gone.id, newId(), 'nonsense'];
  const asked = (accountId: string, viewer: Viewer) => home.execute(ASK, { accountId, ids }, viewer);
  expect((await asked(owner.accountId, serviceViewer('identity'))).data).toEqual({
    internalBranches: [{ id: branch.id }],
  });
  expect((await asked(newId(), serviceViewer('trackers'))).data).toEqual({ internalBranches: [] });
  expect((await asked(owner.accountId, owner)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});
