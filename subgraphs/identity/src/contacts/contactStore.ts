import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import { lockRow } from '@comptoir/shared/database/lockRow.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { Any, type EntityManager } from 'typeorm';
import { MEMBERSHIP } from '../people/peopleStore.ts';
import type { MembershipRow } from '../people/userTables.ts';
import { type ContactRow, ContactTable, type ContactType } from './contactTables.ts';

/** Row-level security decides which of them exist for this viewer. */
export async function loadContacts(tx: EntityManager, ids: readonly string[]): Promise<ContactRow[]> {
  return await tx.findBy(ContactTable, { id: Any([...ids]) });
}

const BY_NAME: KeysetList = {
  select: columnsOf(ContactTable, 'c'),
  from: 'contact c',
  where: `c.account_id = owner.id
    and ($1::text is null or strpos(lower(c.name), lower($1)) > 0 or strpos(coalesce(c.email, ''), lower($1)) > 0)
    and ($2::text is null or c.type = $2)`,
  keys: [
    { by: 'c.name', kind: 'text' },
    { by: 'c.id', kind: 'id' },
  ],
};

/** One page per account of its cards, by name. */
export async function loadContactPages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
  { search, type }: { search: string | null; type: ContactType | null },
): Promise<ContactRow[]> {
  return await loadKeysetPages(tx, BY_NAME, { owners: accountIds, page, values: [search, type] });
}

/** The access that was given to each card, the newest; one that was removed or withdrawn is none. */
export async function loadContactMemberships(
  tx: EntityManager,
  contactIds: readonly string[],
): Promise<MembershipRow[]> {
  return await tx.query(
    `select distinct on (m.contact_id) ${MEMBERSHIP}
     from membership m
     where m.contact_id = any($1::uuid[]) and m.status not in ('WITHDRAWN', 'REMOVED')
     order by m.contact_id, m.created_at desc, m.id desc`,
    [contactIds],
  );
}

/** Locks a card for a decision about it; null when it is not there for this viewer, or not to be changed. */
export async function lockContact(tx: EntityManager, id: string): Promise<ContactRow | null> {
  return await lockRow(tx, ContactTable, { id });
}

export async function addContact(tx: EntityManager, contact: ContactRow): Promise<void> {
  await tx.insert(ContactTable, contact);
}

export async function saveContact(tx: EntityManager, contact: ContactRow): Promise<void> {
  const { id, accountId: _account, createdBy: _by, createdAt: _at, ...changed } = contact;
  await tx.update(ContactTable, { id }, changed);
}

export async function removeContact(tx: EntityManager, id: string): Promise<void> {
  await tx.delete(ContactTable, { id });
}

/**
 * True when somebody has access, or is invited, through the card. Anyone who deletes cards may not see people, so it is
 * asked with the owner's rights, and only about a card that the asker has locked.
 */
export async function hasAccess(tx: EntityManager, contactId: string): Promise<boolean> {
  const [row] = await tx.query('select contact_has_access($1) as "hasAccess"', [contactId]);
  return row.hasAccess;
}
