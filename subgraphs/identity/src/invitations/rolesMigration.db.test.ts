import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Role } from '@comptoir/shared/viewer/roles.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
import { roles } from '../migrations/0380-roles.ts';
import { type Answer, EVERY_AREA, type IdentityFixture, startIdentity } from '../testing/identityFixture.ts';

let identity: IdentityFixture;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());

const rows = async (sql: string, values: unknown[] = []): Promise<Answer[]> =>
  (await identity.admin.query(sql, values)).rows;

/** The schema as it was before the migration. */
const BEFORE = `
  drop trigger contact_stays_client on membership;
  alter table membership drop constraint areas_within_role, drop constraint contact_is_client;
  alter table invitation drop column given_by, drop column given_via;
  drop function contact_stays_client(), contact_card_of(uuid, uuid, text), within_role_ceiling(text, text[]);`;

const DAY = 86_400_000;
const day = (n: number): Date => new Date(Date.UTC(2026, 0, 1) + n * DAY);

test('G09 O10 what was there before comes within: contacts that were made more, areas above a ceiling; owners stay', async () => {
  await identity.admin.query(BEFORE);
  const accountId = newId();
  const inviter = await identity.person({ accountId });
  const make = async (role: Role, { carded, asked }: { carded: number | null; asked: number | null }) => {
    const person = await identity.person({ accountId, role });
    if (carded !== null)
      await rows(
        `insert into contact (id, account_id, name, type, newsletter, email, created_by, created_at, updated_at)
         values ($1, $2, 'X', 'MAIN', false, $3, $4, $5, $5)`,
        [newId(), accountId, person.email, inviter.userId, day(carded)],
      );
    if (asked !== null)
      await rows(
        `insert into invitation (id, account_id, membership_id, user_id, email, language, status, invited_by, mail_id, asked_at, expires_at, created_at)
         values ($1, $2, $3, $4, $5, 'EN', 'ACCEPTED', $6, $1, $7, $7, $7)`,
        [newId(), accountId, person.membershipId, person.userId, person.email, inviter.userId, day(asked)],
      );
    return person.membershipId;
  };
  const raised = await make('ADMIN', { carded: 1, asked: 2 });
  const client = await make('CLIENT', { carded: null, asked: 1 });
  const colleague = await make('ADMIN', { carded: 2, asked: 1 });
  const member = await make('MEMBER', { carded: null, asked: 1 });
  const owner = await make('OWNER', { carded: 1, asked: 2 });

  await new roles().up({ query: (sql: string) => identity.admin.query(sql) } as unknown as QueryRunner);

  const found = await rows(
    'select id, role, areas, contact_id is not null as carded from membership where account_id = $1',
    [accountId],
  );
  const of = (id: string): Answer => found.find((row) => row.id === id);
  const capped = [
    'BILLING:READ',
    'CONFIGURATION:WRITE',
    'OTHER:WRITE',
    'PROVISIONING:READ',
    'SECURITY:READ',
    'SUPPORT:WRITE',
    'TRACKERS:WRITE',
  ];
  for (const [id, carded] of [
    [raised, true],
    [client, false],
  ] as const) {
    expect(of(id)).toMatchObject({ role: 'CLIENT', carded });
    expect(of(id).areas.toSorted()).toEqual(capped);
  }
  expect(of(colleague)).toMatchObject({ role: 'ADMIN', areas: EVERY_AREA });
  expect(of(member)).toMatchObject({ role: 'MEMBER', areas: EVERY_AREA });
  // No account is left without an owner.
  expect(of(owner)).toMatchObject({ role: 'OWNER', areas: EVERY_AREA });
  const given = await rows('select distinct given_by, given_via from invitation');
  expect(given).toEqual([{ given_by: inviter.userId, given_via: accountId }]);
});
