import { newId } from '@comptoir/shared/values/uuid.ts';
import { serviceViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity();
  await identity.subgraph.startJobs();
});
afterAll(() => identity.stop());

const SEND = `mutation ($input: InternalNoticeSendInput!) { internalNoticeSend(input: $input) { noticeId } }`;
const notice = (accountId: string, id = newId()) => ({
  id,
  accountId,
  area: 'PROVISIONING',
  kind: 'PARTNERSHIP_REQUESTED',
  params: [
    { name: 'partner', value: 'Agence Lumière' },
    { name: 'message', value: 'Bonjour !' },
  ],
});
const send = (input: Answer): Promise<Answer> => identity.ask(SEND, input, serviceViewer('accounts'));
const mailsTo = (email: string) => identity.mailbox.all().filter((mail) => mail.to === email);

test('U05 U12 those who hold the area for writing are told, each once, however often the notice comes', async () => {
  const owner = await identity.person();
  const also = await identity.person({ accountId: owner.accountId, role: 'MEMBER', areas: ['PROVISIONING:WRITE'] });
  const not = await identity.person({
    accountId: owner.accountId,
    role: 'MEMBER',
    areas: ['PROVISIONING:READ', 'TRACKERS:WRITE'],
  });
  const input = notice(owner.accountId);
  expect(await Promise.all([send(input), send(input), send(input)])).toEqual(Array(3).fill({ noticeId: input.id }));
  const mail = await identity.mailbox.waitFor(owner.email);
  expect(mail.subject).toBe('Agence Lumière asks to be your partner');
  expect(mail.text).toContain('Agence Lumière writes: Bonjour !');
  await identity.mailbox.waitFor(also.email);

  // A later notice overtakes nothing: when its mail is there, all earlier ones are.
  await send(notice(owner.accountId));
  await identity.mailbox.waitFor(also.email, () => mailsTo(also.email).length === 2);
  await identity.mailbox.waitFor(owner.email, () => mailsTo(owner.email).length === 2);
  expect(mailsTo(not.email)).toEqual([]);
});

test('an account that nobody has is told to nobody, and that is fine', async () => {
  const input = notice(newId());
  expect(await send(input)).toEqual({ noticeId: input.id });
});

test('a kind without a text is refused, and so is whoever is no service', async () => {
  const owner = await identity.person();
  const unknown = await identity.execute(
    SEND,
    { input: { ...notice(owner.accountId), kind: 'toString' } },
    serviceViewer('accounts'),
  );
  expect(unknown.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  for (const viewer of [owner, serviceViewer('gateway')]) {
    const { errors } = await identity.execute(SEND, { input: notice(owner.accountId) }, viewer);
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
});
