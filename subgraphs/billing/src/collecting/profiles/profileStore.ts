import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { Any, type EntityManager, IsNull } from 'typeorm';
import type { StoredCard } from '../provider/provider.ts';
import {
  type BillingProfile,
  BillingProfileTable,
  type ProfileRow,
  type ShownCard,
  type ShownProfile,
} from './profileTables.ts';

type ShownRow = Omit<ProfileRow, 'customer' | 'method'>;

/** With what the request's role has no right to. */
const whole = (tx: EntityManager) =>
  tx.createQueryBuilder(BillingProfileTable, 'p').addSelect(['p.customer', 'p.method']);

function readShown({ brand, lastFour, expiryMonth, expiryYear, ...row }: ShownRow): ShownProfile {
  const card = brand === null ? null : ({ brand, lastFour, expiryMonth, expiryYear } as ShownCard);
  return { ...row, card };
}

function readWhole(found: ProfileRow | null): BillingProfile | null {
  if (found === null) return null;
  const { customer, method, ...row } = found;
  const { card, ...profile } = readShown(row);
  return { ...profile, card: card === null ? null : ({ ...card, customer, method } as StoredCard) };
}

/** A profile with its card, for the system role; deleted ones too, which is only for what was. */
export async function findProfile(tx: EntityManager, id: string): Promise<BillingProfile | null> {
  return readWhole(await whole(tx).where({ id }).getOne());
}

/**
 * A profile that something is about to depend on: until the commit it is neither changed nor deleted. Null when it is
 * not there or deleted. For the system role.
 */
export async function lockProfile(tx: EntityManager, id: string): Promise<BillingProfile | null> {
  return readWhole(await whole(tx).where({ id, deletedAt: IsNull() }).setLock('pessimistic_read').getOne());
}

/**
 * A profile that is about to be changed or deleted itself. Null when it is not there or deleted. For the system role.
 */
export async function lockProfileToChange(tx: EntityManager, id: string): Promise<BillingProfile | null> {
  return readWhole(await whole(tx).where({ id, deletedAt: IsNull() }).setLock('pessimistic_write').getOne());
}

/**
 * Row-level security decides which of them exist for this viewer, here and below. Deleted ones too: invoices refer to
 * them.
 */
export async function loadProfiles(tx: EntityManager, ids: readonly string[]): Promise<ShownProfile[]> {
  return (await tx.findBy(BillingProfileTable, { id: Any([...ids]) })).map(readShown);
}

const PROFILES: KeysetList = {
  select: columnsOf(BillingProfileTable, 'p'),
  from: 'billing_profile p',
  where: 'p.account_id = owner.id and p.deleted_at is null',
  keys: [
    { by: 'p.created_at', kind: 'instant' },
    { by: 'p.id', kind: 'id' },
  ],
};

/** One page per account of its profiles, the oldest first; deleted ones are left out. */
export async function loadProfilePages(
  tx: EntityManager,
  owners: readonly string[],
  page: Page,
): Promise<ShownProfile[]> {
  return (await loadKeysetPages<ShownRow>(tx, PROFILES, { owners, page })).map(readShown);
}
