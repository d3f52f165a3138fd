import { readSdl } from '@comptoir/shared/service/localSubgraph.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Verb } from '@comptoir/shared/viewer/areas.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Kind, parse } from 'graphql';
import { type Answer, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity();
  await identity.subgraph.startJobs();
});
afterAll(() => identity.stop());

const SEND = `mutation ($input: PasswordResetSendInput!) { passwordResetSend(input: $input) { membership { id } retryAt userErrors { code rule } } }`;
const code = (answer: Answer): string | undefined => answer.userErrors[0]?.code;
const send = (membershipId: string, viewer: PersonViewer): Promise<Answer> =>
  identity.ask(SEND, { membershipId }, viewer);

/** A partner to which the client opens SECURITY for that verb and the one below. */
async function partnerOf(client: PersonViewer, verb: Verb): Promise<PersonViewer> {
  const partner = await identity.person();
  for (const each of verb === 'WRITE' ? ['READ', 'WRITE'] : ['READ']) {
    await identity.admin.query(
      `insert into access.reach values ($1, $2, 'SECURITY', $3, tstzrange(now() - interval '1 hour', null), $4)`,
      [partner.accountId, client.accountId, each, newId()],
    );
  }
  return partner;
}

test('A46 a partner with SECURITY has the reset mail sent to its client’s user, once in five minutes', async () => {
  const client = await identity.person();
  const partner = await partnerOf(client, 'WRITE');
  expect(await send(client.membershipId, partner)).toMatchObject({
    membership: { id: client.membershipId },
    userErrors: [],
  });
  const mail = await identity.mailbox.waitFor(client.email);
  expect(mail.text).toContain('token=');
  const again = await send(client.membershipId, partner);
  expect(again).toMatchObject({ membership: null, userErrors: [{ code: 'TOO_SOON', rule: 'A46' }] });
  expect(Date.parse(again.retryAt)).toBeGreaterThan(Date.now());
  identity.pass(5 * 60_000);
  expect(code(await send(client.membershipId, partner))).toBeUndefined();
});

test('A46 so do staff and the account’s own people; nobody else finds the membership', async () => {
  const [client, stranger] = [await identity.person(), await identity.person()];
  const reader = await partnerOf(client, 'READ');
  for (const viewer of [stranger, reader])
    expect(code(await send(client.membershipId, viewer))).toBe('MEMBERSHIP_NOT_FOUND');
  for (const id of [newId(), 'no id']) expect(code(await send(id, client))).toBe('MEMBERSHIP_NOT_FOUND');
  expect(code(await send(client.membershipId, staffViewer()))).toBeUndefined();
  identity.pass(5 * 60_000);
  expect(code(await send(client.membershipId, client))).toBeUndefined();
  const { errors } = await identity.execute(
    SEND,
    { input: { membershipId: client.membershipId } },
    { ...client, areas: { SECURITY: 'READ' } },
  );
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test('A46 somebody who is not in has no password to forget', async () => {
  const client = await identity.person();
  await identity.admin.query(`update app_user set status = 'INACTIVE' where id = $1`, [client.userId]);
  expect(code(await send(client.membershipId, { ...client, userId: newId() }))).toBe('MEMBERSHIP_NOT_ACTIVE');
});

test('N12 no operation of the graph sets a password for somebody who is named', () => {
  const { definitions } = parse(readSdl(new URL('../', import.meta.url)));
  const inputs = definitions.filter((definition) => definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION);
  const setting = inputs
    .map(({ name, fields = [] }) => ({ name: name.value, fields: fields.map((field) => field.name.value) }))
    .filter(({ fields }) => fields.some((field) => /password/i.test(field)));
  expect(setting.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['PasswordChangeInput', 'PasswordResetInput', 'SignUpCompleteInput']),
  );
  // Whose password it is follows from a session or a mailed secret. Log-in names somebody, and sets none.
  const naming = setting.filter(({ name, fields }) => name !== 'SessionCreateInput' && fields.some(names));
  expect(naming).toEqual([]);
});

const names = (field: string): boolean => field !== 'newEmail' && /user|member|email|account|contact/i.test(field);
