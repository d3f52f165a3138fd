import { newId } from '@comptoir/shared/values/uuid.ts';
import type { KeyViewer, PersonViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { accountsDouble } from '../testing/accountsDouble.ts';
import { type Answer, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';

const accounts = accountsDouble();
let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity({ accounts });
});
afterAll(() => identity.stop());

const mutation = (name: string, type: string): string =>
  `mutation ($input: ${type}!) { ${name}(input: $input) { membership { id status role areas { area verb } branches { id } } userErrors { code rule } } }`;
const AREAS = mutation('membershipAreasSet', 'MembershipAreasSetInput');
const ROLE = mutation('membershipRoleSet', 'MembershipRoleSetInput');
const BRANCHES = mutation('membershipBranchesSet', 'MembershipBranchesSetInput');
const DEACTIVATE = mutation('membershipDeactivate', 'MembershipSwitchInput');
const ACTIVATE = mutation('membershipActivate', 'MembershipSwitchInput');
const REMOVE = mutation('membershipRemove', 'MembershipSwitchInput');
const USER_DEACTIVATE = `mutation ($input: UserSwitchInput!) { userDeactivate(input: $input) { user { id status } userErrors { code } } }`;
const USER_ACTIVATE = `mutation ($input: UserSwitchInput!) { userActivate(input: $input) { user { id status } userErrors { code } } }`;
const INVITE = `mutation ($input: InvitationCreateInput!) { invitationCreate(input: $input) { invitation { id membership { id } } userErrors { code } } }`;
const STANDING = `query ($credential: CredentialInput!) { credentialStanding(credential: $credential) { userId membershipId branches areas } }`;
const PEOPLE = `query ($r: [_Any!]!, $status: MembershipStatus) { _entities(representations: $r) { ... on Account {
  people(status: $status) { nodes { id status email user { email } } } } } }`;

const standing = async (credential: Answer): Promise<Answer> =>
  ((await identity.execute(STANDING, { credential }, serviceViewer('gateway'))) as Answer).data.credentialStanding;
const people = async (
  viewer: PersonViewer,
  status: string | null = null,
  accountId = viewer.accountId,
): Promise<Answer> => {
  const { data, errors } = await identity.execute(
    PEOPLE,
    { r: [{ __typename: 'Account', id: accountId }], status },
    viewer,
  );
  expect(errors).toBeUndefined();
  return (data as Answer)._entities[0].people.nodes;
};
const codeOf = ({ userErrors }: Answer): string | undefined => userErrors[0]?.code;
const colleague = (owner: PersonViewer, areas: Answer = ['TRACKERS:WRITE']) =>
  identity.person({ accountId: owner.accountId, role: 'MEMBER', areas });

test('O10 areas are set within what the giver holds; OWNER and ADMIN hold all', async () => {
  const owner = await identity.person();
  const admin = await identity.person({ accountId: owner.accountId, role: 'ADMIN' });
  const clerk = await colleague(owner, ['SECURITY:WRITE', 'BILLING:READ']);
  const member = await colleague(owner);
  const set = (viewer: Viewer, membershipId: string, ...areas: [string, string][]): Promise<Answer> =>
    identity.ask(AREAS, { membershipId, areas: areas.map(([area, verb]) => ({ area, verb })) }, viewer);
  expect((await set(owner, member.membershipId, ['SUPPORT', 'READ'])).membership.areas).toEqual([
    { area: 'SUPPORT', verb: 'READ' },
  ]);
  expect(codeOf(await set(clerk, member.membershipId, ['BILLING', 'WRITE']))).toBe('MORE_THAN_YOU_HOLD');
  expect(codeOf(await set(clerk, clerk.membershipId, ['SECURITY', 'WRITE'], ['TRACKERS', 'READ']))).toBe(
    'MORE_THAN_YOU_HOLD',
  );
  expect(codeOf(await set(clerk, member.membershipId, ['BILLING', 'READ'], ['SUPPORT', 'READ']))).toBeUndefined();
  for (const one of [owner, admin])
    expect(codeOf(await set(owner, one.membershipId, ['BILLING', 'READ']))).toBe('ROLE_HOLDS_ALL');
  expect(codeOf(await set(owner, member.membershipId))).toBe('AREAS_NOT_READABLE');
  const stranger = await identity.person();
  const absent = await set(stranger, newId(), ['BILLING', 'READ']);
  expect(codeOf(absent)).toBe('MEMBERSHIP_NOT_FOUND');
  expect(await set(stranger, member.membershipId, ['BILLING', 'READ'])).toEqual(absent);
});

test('G09 roles change between OWNER, ADMIN and MEMBER; CLIENT never; the last owner stays', async () => {
  const owner = await identity.person();
  const member = await colleague(owner);
  const client = await identity.person({ accountId: owner.accountId, role: 'CLIENT', areas: ['TRACKERS:READ'] });
  const set = (viewer: Viewer, membershipId: string, role: string, areas?: Answer): Promise<Answer> =>
    identity.ask(ROLE, { membershipId, role, areas }, viewer);
  const READ = [{ area: 'TRACKERS', verb: 'READ' }];
  expect(codeOf(await set(owner, client.membershipId, 'MEMBER', READ))).toBe('ROLE_FIXED');
  expect(codeOf(await set(owner, member.membershipId, 'CLIENT', READ))).toBe('ROLE_FIXED');
  expect(codeOf(await set(owner, owner.membershipId, 'MEMBER', READ))).toBe('LAST_OWNER');
  expect((await set(owner, member.membershipId, 'ADMIN')).membership.areas).toHaveLength(7);
  const admin: PersonViewer = { ...member, role: 'ADMIN', areas: owner.areas };
  expect(codeOf(await set(admin, owner.membershipId, 'MEMBER', READ))).toBe('OWNER_ONLY');
  expect(codeOf(await set(admin, admin.membershipId, 'OWNER'))).toBe('ROLE_NOT_YOURS_TO_GIVE');
  expect(codeOf(await set(owner, member.membershipId, 'OWNER'))).toBeUndefined();
  expect((await set(owner, owner.membershipId, 'MEMBER', READ)).membership).toMatchObject({
    role: 'MEMBER',
    areas: READ,
  });
});

test('G18 deactivated and activated again: sessions and keys of this membership stop and come back', async () => {
  const owner = await identity.person();
  const member = await colleague(owner, ['TRACKERS:WRITE', 'SECURITY:WRITE']);
  const { session } = await identity.logIn(member.email);
  const { secret } = await identity.ask(
    `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret } }`,
    { name: 'k', areas: [{ area: 'TRACKERS', verb: 'READ' }] },
    member,
  );
  expect(secret).not.toBeNull();
  const { rows } = await identity.admin.query('select hash from api_key where user_id = $1', [member.userId]);
  const holds = async (): Promise<boolean[]> => [
    (await standing({ sessionId: session.sessionId, accountId: owner.accountId }))?.membershipId ===
      member.membershipId,
    (await standing({ keyHash: rows[0].hash })) !== null,
  ];
  expect(await holds()).toEqual([true, true]);
  for (let again = 0; again < 2; again += 1)
    expect((await identity.ask(DEACTIVATE, { membershipId: member.membershipId }, owner)).membership.status).toBe(
      'INACTIVE',
    );
  expect(await holds()).toEqual([false, false]);
  expect((await identity.ask(ACTIVATE, { membershipId: member.membershipId }, owner)).membership.status).toBe('ACTIVE');
  expect(await holds()).toEqual([true, true]);

  // Removed for good: invited and accepted again, the old key stays dead.
  expect((await identity.ask(REMOVE, { membershipId: member.membershipId }, owner)).membership.status).toBe('REMOVED');
  expect(codeOf(await identity.ask(ACTIVATE, { membershipId: member.membershipId }, owner))).toBe('MEMBERSHIP_OVER');
  expect((await people(owner)).map(({ id }: Answer) => id)).toEqual([owner.membershipId]);
  expect(await people(owner, 'REMOVED')).toMatchObject([{ id: member.membershipId, user: { email: null } }]);
  const { invitation } = await identity.ask(
    INVITE,
    { email: member.email, role: 'MEMBER', areas: [{ area: 'TRACKERS', verb: 'READ' }] },
    owner,
  );
  expect(invitation.membership.id).toBe(member.membershipId);
  await identity.ask(
    `mutation ($input: InvitationAcceptInput!) { invitationAccept(input: $input) { userErrors { code } } }`,
    { invitationId: invitation.id },
    member,
  );
  expect(await holds()).toEqual([true, false]);
});

test('the last active owner cannot go, by nobody’s hand; two owners who remove each other at once: one stays', async () => {
  const owner = await identity.person();
  for (const query of [DEACTIVATE, REMOVE])
    expect(codeOf(await identity.ask(query, { membershipId: owner.membershipId }, owner))).toBe('LAST_OWNER');
  const admin = await identity.person({ accountId: owner.accountId, role: 'ADMIN' });
  expect(codeOf(await identity.ask(REMOVE, { membershipId: owner.membershipId }, admin))).toBe('OWNER_ONLY');

  for (let round = 0; round < 8; round += 1) {
    const one = await identity.person();
    const two = await identity.person({ accountId: one.accountId });
    const query = [DEACTIVATE, REMOVE][round % 2] as string;
    const answers = await Promise.all([
      identity.ask(query, { membershipId: two.membershipId }, one),
      identity.ask(query, { membershipId: one.membershipId }, two),
    ]);
    expect(answers.map(codeOf).filter((code) => code === undefined)).toHaveLength(1);
    const { rows } = await identity.admin.query(
      `select from membership where account_id = $1 and role = 'OWNER' and status = 'ACTIVE'`,
      [one.accountId],
    );
    expect(rows).toHaveLength(1);
  }
});

test('an owner whose login is shut counts for nothing when it comes to who is left', async () => {
  const one = await identity.person();
  const two = await identity.person({ accountId: one.accountId });
  await identity.ask(USER_DEACTIVATE, { userId: two.userId }, staffViewer());
  expect(codeOf(await identity.ask(DEACTIVATE, { membershipId: one.membershipId }, one))).toBe('LAST_OWNER');
});

test('G18 staff shut a whole login, everywhere at once, and open it; its sessions stay ended', async () => {
  const staff = staffViewer();
  const person = await identity.person();
  const { session } = await identity.logIn(person.email);
  const switched = (query: string, userId: string, viewer: Viewer = staff): Promise<Answer> =>
    identity.ask(query, { userId }, viewer);
  expect((await switched(USER_DEACTIVATE, person.userId)).user).toEqual({ id: person.userId, status: 'INACTIVE' });
  expect(await standing({ sessionId: session.sessionId })).toBeNull();
  expect((await identity.logIn(person.email)).session).toBeNull();
  expect((await switched(USER_ACTIVATE, person.userId)).user.status).toBe('ACTIVE');
  expect(await standing({ sessionId: session.sessionId })).toBeNull();
  expect((await identity.logIn(person.email)).session).not.toBeNull();
  expect(codeOf(await switched(USER_DEACTIVATE, staff.userId))).toBe('OWN_LOGIN');
  expect(codeOf(await switched(USER_DEACTIVATE, newId()))).toBe('USER_NOT_FOUND');
  for (const viewer of [person, { ...staff, areas: { SECURITY: 'READ' } } as PersonViewer]) {
    const { errors } = await identity.execute(USER_DEACTIVATE, { input: { userId: person.userId } }, viewer);
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
});

test('G12 a member is limited to branches of the account; standing says so for sessions and keys; an owner never is', async () => {
  const owner = await identity.person();
  const member = await colleague(owner, ['SECURITY:WRITE', 'TRACKERS:READ']);
  const [north, south] = [newId(), newId()];
  accounts.branches.set(north, owner.accountId).set(south, owner.accountId);
  const set = (viewer: Viewer, membershipId: string, branchIds: string[]): Promise<Answer> =>
    identity.ask(BRANCHES, { membershipId, branchIds }, viewer);
  const { session } = await identity.logIn(member.email);
  const branches = async (): Promise<Answer> =>
    (await standing({ sessionId: session.sessionId, accountId: owner.accountId })).branches;
  expect(await branches()).toBeNull();
  expect((await set(owner, member.membershipId, [north])).membership.branches).toEqual([{ id: north }]);
  expect(await branches()).toEqual([north]);
  expect(codeOf(await set(owner, owner.membershipId, [north]))).toBe('OWNER_NOT_LIMITED');
  expect(codeOf(await set(owner, member.membershipId, [newId()]))).toBe('BRANCH_NOT_FOUND');
  const limited: PersonViewer = { ...member, branches: [north] };
  for (const wished of [[], [south], [north, south]])
    expect(codeOf(await set(limited, member.membershipId, wished))).toBe('BRANCH_NOT_FOUND');
  expect((await set(owner, member.membershipId, [])).membership.branches).toBeNull();
  expect(await branches()).toBeNull();
});

test('G12 whoever is limited to branches meets the members of those, touches those who are nowhere else, and gives within them', async () => {
  const owner = await identity.person();
  const [north, south] = [newId(), newId()];
  accounts.branches.set(north, owner.accountId).set(south, owner.accountId);
  const limitedTo = async (...branchIds: string[]): Promise<PersonViewer> => {
    const person = await colleague(owner, ['SECURITY:WRITE']);
    await identity.ask(BRANCHES, { membershipId: person.membershipId, branchIds }, owner);
    return { ...person, branches: branchIds };
  };
  const clerk = await limitedTo(north);
  const [here, both, there] = [await limitedTo(north), await limitedTo(north, south), await limitedTo(south)];
  const seen = (await people(clerk)).map(({ id }: Answer) => id).sort();
  expect(seen).toEqual([clerk, here, both].map(({ membershipId }) => membershipId).sort());
  expect(codeOf(await identity.ask(DEACTIVATE, { membershipId: here.membershipId }, clerk))).toBeUndefined();
  for (const { membershipId } of [both, there, owner])
    expect(codeOf(await identity.ask(DEACTIVATE, { membershipId }, clerk))).toBe('MEMBERSHIP_NOT_FOUND');
  const invite = (more: Answer): Promise<Answer> =>
    identity.ask(
      INVITE,
      { email: `${newId()}@example.org`, role: 'MEMBER', areas: [{ area: 'SECURITY', verb: 'READ' }], ...more },
      clerk,
    );
  expect(codeOf(await invite({}))).toBe('BRANCH_NOT_FOUND');
  expect(codeOf(await invite({ branchIds: [south] }))).toBe('BRANCH_NOT_FOUND');
  expect(codeOf(await invite({ branchIds: [north] }))).toBeUndefined();
  expect(codeOf(await invite({ branchIds: [north], email: owner.email }))).toBe('ALREADY_MEMBER');
  const NETWORKS = `mutation ($input: AccountNetworksSetInput!) { accountNetworksSet(input: $input) { userErrors { code } } }`;
  const { errors } = await identity.execute(NETWORKS, { input: { networks: [] } }, clerk);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', rule: 'G12' });
});

test('G14 the access record shows role, areas, login e-mail, mobile, networks, branches and keys without their secret', async () => {
  const owner = await identity.person();
  const north = newId();
  accounts.branches.set(north, owner.accountId);
  const { contact } = await identity.ask(
    `mutation ($input: ContactCreateInput!) { contactCreate(input: $input) { contact { id } } }`,
    {
      name: 'Zoé',
      type: 'MAIN',
      newsletter: false,
      noTitle: true,
      noPhone: true,
      mobile: '+33 6',
      email: `${newId()}@example.org`,
      branchId: north,
    },
    owner,
  );
  const { invitation } = (await identity.ask(
    `mutation ($input: ContactAccessGiveInput!) { contactAccessGive(input: $input) { invitation { membership { id } } } }`,
    { contactId: contact.id, areas: [{ area: 'TRACKERS', verb: 'READ' }], networks: ['10.0.0.0/8'] },
    owner,
  )) as Answer;
  const RECORD = `query ($id: ID!) { membership(id: $id) { role type status email mobile contact { name } networks areas { area verb }
    branches { id } apiKeys { nodes { name lastFour } } invitation { status } availableActions { action allowed } } }`;
  const record = async (viewer: Viewer, id: string): Promise<Answer> =>
    ((await identity.execute(RECORD, { id }, viewer)) as Answer).data.membership;
  expect(await record(owner, invitation.membership.id)).toMatchObject({
    role: 'CLIENT',
    type: 'CONTACT',
    status: 'PENDING',
    mobile: '+33 6',
    contact: { name: 'Zoé' },
    networks: ['10.0.0.0/8'],
    areas: [{ area: 'TRACKERS', verb: 'READ' }],
    branches: [{ id: north }],
    apiKeys: { nodes: [] },
    invitation: { status: 'PENDING' },
  });
  await identity.ask(
    `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret } }`,
    { name: 'mine', areas: [{ area: 'TRACKERS', verb: 'READ' }] },
    owner,
  );
  const own = await record(owner, owner.membershipId);
  expect(own.apiKeys.nodes).toMatchObject([{ name: 'mine' }]);
  expect(own.email).toBe(owner.email);
  const plain = await colleague(owner);
  expect(await record(plain, plain.membershipId)).toMatchObject({ email: plain.email, apiKeys: null, contact: null });
  expect(await record(plain, owner.membershipId)).toBeNull();
  expect(await record(await identity.person(), owner.membershipId)).toBeNull();
});

test('O11 people by status; who has not accepted is known by the e-mail that was invited alone', async () => {
  const owner = await identity.person();
  const email = `${newId()}@example.org`;
  const { invitation } = await identity.ask(
    INVITE,
    { email, role: 'CLIENT', areas: [{ area: 'OTHER', verb: 'READ' }] },
    owner,
  );
  expect(await people(owner, 'PENDING')).toEqual([
    { id: invitation.membership.id, status: 'PENDING', email, user: null },
  ]);
  expect((await people(owner, 'ACTIVE')).map(({ id }: Answer) => id)).toEqual([owner.membershipId]);
  expect(await people(owner)).toHaveLength(2);
  expect(codeOf(await identity.ask(DEACTIVATE, { membershipId: invitation.membership.id }, owner))).toBe(
    'INVITATION_OPEN',
  );
});

test('O15 O16 staff see a person’s access list, people by e-mail, and all contacts and guests; nobody else does', async () => {
  const staff = staffViewer();
  const person = await identity.person();
  const other = await identity.join(person.userId, newId());
  const USER = `query ($id: ID!) { user(id: $id) { email status memberships { nodes { id account { id } type status createdAt } } } }`;
  const USERS = `query ($search: String) { users(search: $search) { nodes { id } } }`;
  const ALL = `query ($after: String, $type: MembershipType) { contactsAndGuests(first: 2, after: $after, type: $type, status: ACTIVE) {
    nodes { id type status createdAt account { id } user { email } } pageInfo { hasNextPage endCursor } } }`;
  const { data } = (await identity.execute(USER, { id: person.userId }, staff)) as Answer;
  expect(data.user.memberships.nodes.map(({ id }: Answer) => id).sort()).toEqual([person.membershipId, other].sort());
  const found = (await identity.execute(USERS, { search: person.email.slice(0, 20).toUpperCase() }, staff)) as Answer;
  expect(found.data.users.nodes).toEqual([{ id: person.userId }]);
  const first = ((await identity.execute(ALL, {}, staff)) as Answer).data.contactsAndGuests;
  const next = ((await identity.execute(ALL, { after: first.pageInfo.endCursor }, staff)) as Answer).data
    .contactsAndGuests;
  const ids = [...first.nodes, ...next.nodes].map(({ id }: Answer) => id);
  expect(new Set(ids).size).toBe(4);
  expect(first.nodes[0]).toMatchObject({ type: 'CONTACT', status: 'ACTIVE', user: { email: expect.any(String) } });
  // The one who was removed above and came back with the login that they had.
  const guests = ((await identity.execute(ALL, { type: 'GUEST' }, staff)) as Answer).data.contactsAndGuests.nodes;
  expect(guests.map(({ type }: Answer) => type)).toEqual(['GUEST']);
  const { sessionId: _, ...rest } = person;
  const key: KeyViewer = { ...rest, kind: 'KEY', keyId: newId() };
  for (const viewer of [person, key]) {
    for (const [query, variables] of [
      [USER, { id: person.userId }],
      [USERS, {}],
      [ALL, {}],
    ] as const) {
      const { errors } = await identity.execute(query, variables, viewer);
      expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    }
  }
});

test('people with all they show cost the same number of statements, however many they are', async () => {
  const staff = staffViewer();
  const RICH = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Account { people { nodes { id email mobile user { email }
    contact { name } invitation { status availableActions { action } } apiKeys { nodes { id } } availableActions { action } } } } } }`;
  const ids: string[] = [];
  for (let each = 0; each < 5; each += 1) {
    const owner = await identity.person();
    await colleague(owner);
    await identity.ask(
      INVITE,
      { email: `${newId()}@example.org`, role: 'CLIENT', areas: [{ area: 'OTHER', verb: 'READ' }] },
      owner,
    );
    ids.push(owner.accountId);
  }
  const count = async (of: string[]): Promise<number> => {
    identity.statements();
    const { errors } = await identity.execute(RICH, { r: of.map((id) => ({ __typename: 'Account', id })) }, staff);
    expect(errors).toBeUndefined();
    return identity.statements().length;
  };
  expect(await count(ids)).toBe(await count(ids.slice(0, 1)));
});
