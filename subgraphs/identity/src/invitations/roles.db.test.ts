import { newId } from '@comptoir/shared/values/uuid.ts';
import { AREAS, type AreaGrant, type AreaText, areaText } from '@comptoir/shared/viewer/areas.ts';
import { ceilingOf, type Role, roleAllows } from '@comptoir/shared/viewer/roles.ts';
import type { PersonViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { accountsDouble } from '../testing/accountsDouble.ts';
import { type Answer, EVERY_AREA, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';

const accounts = accountsDouble();
let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity({ accounts });
});
afterAll(async () => {
  // Whatever was tried: nothing is stored above a ceiling, and no one with a card that opened access is anything but a
  // CLIENT.
  const { rows } = await identity.admin.query(
    `select count(*)::int as n from membership where not within_role_ceiling(role, areas) or (contact_id is not null and role <> 'CLIENT')`,
  );
  await identity.stop();
  expect(rows).toEqual([{ n: 0 }]);
});

const MEMBER = 'membership { id role status areas { area verb } contact { id } }';
const mutation = (name: string, type: string, payload: string): string =>
  `mutation ($input: ${type}Input!) { ${name}(input: $input) { ${payload} userErrors { code field rule } } }`;
const CARD = mutation('contactCreate', 'ContactCreate', 'contact { id email }');
const CARD_UPDATE = mutation('contactUpdate', 'ContactUpdate', 'contact { id email }');
const CARD_DELETE = mutation('contactDelete', 'ContactDelete', 'contactId');
const INVITE = mutation('invitationCreate', 'InvitationCreate', `invitation { id ${MEMBER} }`);
const BLINDLY = mutation('invitationCreate', 'InvitationCreate', 'invitation { id }');
const GIVE = mutation('contactAccessGive', 'ContactAccessGive', `invitation { id ${MEMBER} }`);
const RESEND = mutation('invitationResend', 'InvitationResend', 'invitation { id }');
const ACCEPT = mutation('invitationAccept', 'InvitationAccept', 'membership { id role areas { area verb } }');
const SET_AREAS = mutation('membershipAreasSet', 'MembershipAreasSet', MEMBER);
const SET_ROLE = mutation('membershipRoleSet', 'MembershipRoleSet', MEMBER);
const REMOVE = mutation('membershipRemove', 'MembershipSwitch', MEMBER);
const DEACTIVATE = mutation('membershipDeactivate', 'MembershipSwitch', MEMBER);
const ACTIVATE = mutation('membershipActivate', 'MembershipSwitch', MEMBER);
const STANDING = `query ($credential: CredentialInput!) { credentialStanding(credential: $credential) { role areas } }`;
const EXPLAIN = `query ($input: ExplainAccessInput!) { explainAccess(input: $input) {
  allowed missing { kind message rule } grantors { membership { id } account { id } } } }`;

const ROLES: Role[] = ['OWNER', 'ADMIN', 'MEMBER', 'CLIENT', 'STAFF'];
const LOOK: AreaGrant[] = [{ area: 'TRACKERS', verb: 'READ' }];
const GRANTS: AreaGrant[] = AREAS.flatMap((area) => [
  { area, verb: 'READ' as const },
  { area, verb: 'WRITE' as const },
]);
const codeOf = ({ userErrors }: Answer): string | null => userErrors[0]?.code ?? null;
const newEmail = (): string => `${newId()}@example.org`;
const asksFor = (role: string, areas: AreaGrant[] = LOOK): Answer => ({
  role,
  areas: role === 'OWNER' || role === 'ADMIN' ? null : areas,
});
const card = async (owner: Viewer, email: string): Promise<string> =>
  (
    await identity.ask(
      CARD,
      { name: 'Zoé', type: 'MAIN', newsletter: false, email, noTitle: true, noPhone: true, noMobile: true },
      owner,
    )
  ).contact.id;
const stored = async (userId: string, accountId: string): Promise<Answer> =>
  (
    await identity.admin.query('select role, status, areas from membership where user_id = $1 and account_id = $2', [
      userId,
      accountId,
    ])
  ).rows[0];

/** A person with a login who is on a card of the account and got access by it; accepted, unless said otherwise. */
async function contactOf(owner: PersonViewer): Promise<Answer> {
  const person = await identity.person();
  const contactId = await card(owner, person.email);
  const { invitation } = await identity.ask(GIVE, { contactId, areas: LOOK }, owner);
  expect(codeOf(await identity.ask(ACCEPT, { invitationId: invitation.id }, person))).toBeNull();
  return { person, contactId, membershipId: invitation.membership.id };
}

test('G09 O10 the ceilings of the database are those of the shield, for every role, area and verb', async () => {
  for (const role of ROLES) {
    for (const grant of GRANTS) {
      const { rows } = await identity.admin.query('select within_role_ceiling($1, array[$2]) as within', [
        role,
        areaText(grant),
      ]);
      expect([role, areaText(grant), rows[0].within]).toEqual([role, areaText(grant), roleAllows(role, grant)]);
    }
  }
});

test('G09 O10 every way in, in every role, with every area: nothing above the ceiling is given', async () => {
  const owner = await identity.person();
  const staff = await identity.person({ role: 'STAFF' });
  const contactId = await card(owner, newEmail());
  const client = await contactOf(owner);
  for (const grant of GRANTS) {
    const clientCode = roleAllows('CLIENT', grant) ? null : 'ABOVE_ROLE';
    for (const role of ['MEMBER', 'CLIENT', 'STAFF'] as const) {
      const answer = await identity.ask(
        INVITE,
        { email: newEmail(), role, areas: [grant] },
        role === 'STAFF' ? staff : owner,
      );
      expect([role, grant, codeOf(answer)]).toEqual([role, grant, role === 'CLIENT' ? clientCode : null]);
      if (answer.invitation !== null) expect(answer.invitation.membership).toMatchObject({ role, areas: [grant] });
    }
    const given = await identity.ask(GIVE, { contactId, areas: [grant] }, owner);
    // The first that may be given is; of those that follow the card has access already.
    expect([grant, codeOf(given)]).toEqual([grant, clientCode ?? (grant === GRANTS[0] ? null : 'ALREADY_INVITED')]);
    const set = await identity.ask(SET_AREAS, { membershipId: client.membershipId, areas: [grant] }, owner);
    expect([grant, codeOf(set)]).toEqual([grant, clientCode]);
  }
  for (const role of ['OWNER', 'ADMIN'] as const) {
    const { invitation } = await identity.ask(INVITE, { email: newEmail(), role, areas: null }, owner);
    expect(invitation.membership.areas).toHaveLength(7);
  }
  const refused = await identity.ask(
    SET_AREAS,
    { membershipId: client.membershipId, areas: GRANTS.slice(0, 2) },
    owner,
  );
  expect(codeOf(refused)).toBe('AREAS_NOT_READABLE');
});

/**
 * Ways by which somebody whom the account has on a card might come to be more than a CLIENT. Each gives the codes that
 * it was answered with.
 */
const WAYS: Record<
  string,
  (owner: PersonViewer, role: string) => Promise<{ codes: (string | null)[]; userId: string }>
> = {
  async 'a card, then an invitation'(owner, role) {
    const person = await identity.person();
    await card(owner, person.email);
    const codes = [codeOf(await identity.ask(INVITE, { email: person.email, ...asksFor(role) }, owner))];
    return { codes, userId: person.userId };
  },
  async 'a card, then an invitation in another spelling'(owner, role) {
    const person = await identity.person({ email: `zoe@${newId()}.xn--mller-kva.example` });
    await card(owner, person.email.replace('xn--mller-kva', 'MÜLLER'));
    const email = ` ${person.email.toUpperCase()} `;
    return { codes: [codeOf(await identity.ask(INVITE, { email, ...asksFor(role) }, owner))], userId: person.userId };
  },
  async 'a card in another account, and one here that got the address later'(owner, role) {
    const person = await identity.person();
    const contactId = await card(owner, newEmail());
    await identity.ask(CARD_UPDATE, { contactId, email: person.email }, owner);
    const codes = [codeOf(await identity.ask(INVITE, { email: person.email, ...asksFor(role) }, owner))];
    return { codes, userId: person.userId };
  },
  async 'access given, accepted, and the role set'(owner, role) {
    const { person, membershipId } = await contactOf(owner);
    const codes = [codeOf(await identity.ask(SET_ROLE, { membershipId, ...asksFor(role) }, owner))];
    return { codes, userId: person.userId };
  },
  async 'access given, accepted, removed and invited again'(owner, role) {
    const { person, membershipId } = await contactOf(owner);
    await identity.ask(REMOVE, { membershipId }, owner);
    identity.advance(61_000);
    const codes = [codeOf(await identity.ask(INVITE, { email: person.email, ...asksFor(role) }, owner))];
    return { codes, userId: person.userId };
  },
  async 'as before, and the card got another address in between'(owner, role) {
    const { person, contactId, membershipId } = await contactOf(owner);
    await identity.ask(REMOVE, { membershipId }, owner);
    await identity.ask(CARD_UPDATE, { contactId, email: newEmail() }, owner);
    identity.advance(61_000);
    const codes = [codeOf(await identity.ask(INVITE, { email: person.email, ...asksFor(role) }, owner))];
    return { codes, userId: person.userId };
  },
  async 'as before, and the person changed their address in between'(owner, role) {
    const { person, membershipId } = await contactOf(owner);
    await identity.ask(REMOVE, { membershipId }, owner);
    const email = newEmail();
    await identity.admin.query('update app_user set email = $2 where id = $1', [person.userId, email]);
    identity.advance(61_000);
    const codes = [codeOf(await identity.ask(INVITE, { email, ...asksFor(role) }, owner))];
    return { codes, userId: person.userId };
  },
  async 'invited, then a card, then accepted, and sent again'(owner, role) {
    const person = await identity.person();
    const { invitation } = await identity.ask(INVITE, { email: person.email, ...asksFor(role) }, owner);
    await card(owner, person.email);
    const codes = [codeOf(await identity.ask(ACCEPT, { invitationId: invitation.id }, person))];
    identity.advance(61_000);
    codes.push(codeOf(await identity.ask(RESEND, { invitationId: invitation.id }, owner)));
    return { codes, userId: person.userId };
  },
  async 'deactivated, then a card, then opened again'(owner, role) {
    const person = await identity.person({ accountId: owner.accountId, role: role as Role });
    const { membershipId } = person;
    await identity.ask(DEACTIVATE, { membershipId }, owner);
    await card(owner, person.email);
    return { codes: [codeOf(await identity.ask(ACTIVATE, { membershipId }, owner))], userId: person.userId };
  },
};

test.each(Object.keys(WAYS).flatMap((way) => ['OWNER', 'ADMIN', 'MEMBER'].map((role) => [way, role])))(
  'G09 a contact stays CLIENT: %s as %s',
  async (way, role) => {
    const owner = await identity.person();
    const { codes, userId } = await (WAYS[way as string] as (typeof WAYS)[string])(owner, role as string);
    expect(codes).not.toContain(null);
    expect(['CONTACT_IS_CLIENT', 'ROLE_FIXED', 'NOT_GIVEN_ANY_MORE']).toEqual(expect.arrayContaining(codes));
    const now = await stored(userId, owner.accountId);
    // No one got in, or further: what there is waits, is over, or is a CLIENT's.
    expect(now === undefined || now.role === 'CLIENT' || now.status !== 'ACTIVE').toBe(true);
  },
);

test('G09 a card of somebody who is in takes nothing away and gives nothing; more is not given to them', async () => {
  const owner = await identity.person();
  const member = await identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: ['TRACKERS:WRITE'] });
  const { membershipId } = member;
  await card(owner, member.email);
  expect(await stored(member.userId, owner.accountId)).toMatchObject({ role: 'MEMBER', areas: ['TRACKERS:WRITE'] });
  expect(codeOf(await identity.ask(SET_ROLE, { membershipId, role: 'ADMIN' }, owner))).toBe('CONTACT_IS_CLIENT');
  expect(codeOf(await identity.ask(SET_ROLE, { membershipId, ...asksFor('MEMBER') }, owner))).toBeNull();
});

test('G06 G09 without the card there is no contact: they are invited as anybody', async () => {
  const owner = await identity.person();
  const { person, contactId, membershipId } = await contactOf(owner);
  expect(codeOf(await identity.ask(CARD_DELETE, { contactId }, owner))).toBe('CONTACT_HAS_ACCESS');
  await identity.ask(REMOVE, { membershipId }, owner);
  expect(codeOf(await identity.ask(CARD_DELETE, { contactId }, owner))).toBeNull();
  identity.advance(61_000);
  const { invitation } = await identity.ask(INVITE, { email: person.email, role: 'ADMIN' }, owner);
  expect(invitation.membership).toMatchObject({ role: 'ADMIN', contact: null });
  expect(codeOf(await identity.ask(ACCEPT, { invitationId: invitation.id }, person))).toBeNull();
});

test('G09 a contact who is invited as CLIENT keeps the card that they are known by', async () => {
  const owner = await identity.person();
  const person = await identity.person();
  const contactId = await card(owner, person.email);
  const { invitation } = await identity.ask(INVITE, { email: person.email, ...asksFor('CLIENT') }, owner);
  expect(invitation.membership).toMatchObject({ role: 'CLIENT', contact: { id: contactId } });
});

test('G09 the rule holds where the inviter sees no cards, and a card of another account says nothing', async () => {
  const owner = await identity.person();
  const [person, free] = [await identity.person(), await identity.person()];
  await card(owner, person.email);
  await card(await identity.person(), free.email);
  const blind = await identity.person({
    accountId: owner.accountId,
    role: 'MEMBER',
    areas: ['SECURITY:WRITE', 'TRACKERS:READ'],
  });
  expect(codeOf(await identity.ask(BLINDLY, { email: person.email, ...asksFor('MEMBER') }, blind))).toBe(
    'CONTACT_IS_CLIENT',
  );
  expect(codeOf(await identity.ask(BLINDLY, { email: free.email, ...asksFor('MEMBER') }, blind))).toBeNull();
});

test.each(ROLES.flatMap((giver) => ROLES.map((role) => [giver, role] as const)))(
  'O10 nobody gives a role above their own: %s makes %s',
  async (giver, role) => {
    const viewer = await identity.person({ role: giver, areas: giver === 'CLIENT' ? ['SECURITY:READ'] : EVERY_AREA });
    const ranks: Role[] = ['CLIENT', 'MEMBER', 'ADMIN', 'OWNER'];
    const may =
      role === 'STAFF'
        ? giver === 'STAFF'
        : giver === 'STAFF'
          ? role !== 'OWNER'
          : ranks.indexOf(giver) >= ranks.indexOf(role);
    const answer = await identity.execute(INVITE, { input: { email: newEmail(), ...asksFor(role) } }, viewer);
    const { data, errors } = answer as Answer;
    // A CLIENT never holds SECURITY for writing.
    if (giver === 'CLIENT') expect(errors[0].extensions.code).toBe('FORBIDDEN');
    else expect(codeOf(data.invitationCreate) === null).toBe(may);
  },
);

test('O10 a MEMBER who holds everything makes no ADMIN: not by invitation, by role, or by opening one again', async () => {
  const owner = await identity.person();
  const clerk = await identity.person({ accountId: owner.accountId, role: 'MEMBER' });
  const [admin, member] = [
    await identity.person({ accountId: owner.accountId, role: 'ADMIN' }),
    await identity.person({ accountId: owner.accountId, role: 'MEMBER' }),
  ];
  await identity.ask(DEACTIVATE, { membershipId: admin.membershipId }, owner);
  const codes = [
    codeOf(await identity.ask(INVITE, { email: newEmail(), role: 'ADMIN' }, clerk)),
    codeOf(await identity.ask(SET_ROLE, { membershipId: member.membershipId, role: 'ADMIN' }, clerk)),
    codeOf(await identity.ask(SET_ROLE, { membershipId: clerk.membershipId, role: 'ADMIN' }, clerk)),
    codeOf(await identity.ask(ACTIVATE, { membershipId: admin.membershipId }, clerk)),
  ];
  expect(codes).toEqual(Array(4).fill('ROLE_ABOVE_YOURS'));
  expect(codeOf(await identity.ask(ACTIVATE, { membershipId: admin.membershipId }, owner))).toBeNull();
});

test('G09 the database is the last wall: an area above the ceiling, and a contact in another role, are not stored', async () => {
  const owner = await identity.person();
  const { person, membershipId } = await contactOf(owner);
  const update = (change: string) =>
    identity.admin.query(`update membership set ${change} where id = $1`, [membershipId]);
  for (const grant of GRANTS.filter((one) => !roleAllows('CLIENT', one)))
    await expect(update(`areas = '{${areaText(grant)}}'`)).rejects.toThrow('areas_within_role');
  for (const role of ['OWNER', 'ADMIN', 'MEMBER', 'STAFF']) {
    await expect(update(`role = '${role}'`)).rejects.toThrow('CLIENT');
    await expect(update(`role = '${role}', contact_id = null`)).rejects.toThrow('CLIENT');
  }
  expect(await stored(person.userId, owner.accountId)).toMatchObject({ role: 'CLIENT' });
});

test('G09 G15 what is stored above a ceiling all the same opens nothing, to a session or a key', async () => {
  const person = await identity.person({ role: 'CLIENT', areas: ['TRACKERS:WRITE'] });
  const { session } = await identity.logIn(person.email);
  const keyHash = newId();
  await identity.admin.query(
    `insert into api_key (id, account_id, user_id, created_by, name, hash, last_four, areas, networks, created_at)
     values ($1, $2, $3, $3, 'k', $4, 'abcd', $5, '{}', now())`,
    [newId(), person.accountId, person.userId, keyHash, EVERY_AREA],
  );
  const areasOf = async (credential: Answer): Promise<AreaText[]> =>
    ((await identity.execute(STANDING, { credential }, serviceViewer('gateway'))) as Answer).data.credentialStanding
      .areas;
  await identity.admin.query('alter table membership drop constraint areas_within_role');
  try {
    await identity.admin.query('update membership set areas = $2 where id = $1', [person.membershipId, EVERY_AREA]);
    const capped = AREAS.map((area) => `${area}:${ceilingOf('CLIENT', area)}`);
    expect(await areasOf({ sessionId: session.sessionId, accountId: person.accountId })).toEqual(capped);
    expect(await areasOf({ keyHash })).toEqual(capped);
  } finally {
    await identity.admin.query(`update membership set areas = '{TRACKERS:WRITE}' where id = $1`, [person.membershipId]);
    await identity.admin.query(
      'alter table membership add constraint areas_within_role check (within_role_ceiling(role, areas))',
    );
  }
});

test('N07 G09 an explanation names the ceiling of the role, which nobody could lift', async () => {
  const owner = await identity.person();
  const client = await identity.person({ accountId: owner.accountId, role: 'CLIENT', areas: ['TRACKERS:READ'] });
  const explain = (action: string): Promise<Answer> =>
    identity
      .execute(EXPLAIN, { input: { membershipId: client.membershipId, action } }, owner)
      .then((answer) => (answer as Answer).data.explainAccess);
  expect(await explain('invitationCreate')).toMatchObject({
    allowed: false,
    missing: { kind: 'ROLE', rule: 'G09', message: expect.stringContaining('CLIENT') },
    grantors: [],
  });
  expect(await explain('accountCancel')).toMatchObject({ missing: { kind: 'ROLE', rule: 'G09' } });
  // What a CLIENT may hold and does not is an area, and its grantors are named.
  expect(await explain('TRACKERS:WRITE')).toMatchObject({
    missing: { kind: 'AREA', rule: 'O10' },
    grantors: [{ membership: { id: owner.membershipId } }],
  });
  expect(await explain('TRACKERS:READ')).toMatchObject({ allowed: true });
});

test('O10 staff of the provider add people to a client’s account, and never an owner of it', async () => {
  const { accountId } = await identity.person();
  const staff = staffViewer();
  const into = async (role: string): Promise<string | null> =>
    codeOf(await identity.ask(INVITE, { accountId, email: newEmail(), ...asksFor(role) }, staff));
  expect([await into('MEMBER'), await into('ADMIN'), await into('OWNER'), await into('STAFF')]).toEqual([
    null,
    null,
    'ROLE_NOT_YOURS_TO_GIVE',
    'ROLE_NOT_YOURS_TO_GIVE',
  ]);
});
