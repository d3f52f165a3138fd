import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { EntityManager } from 'typeorm';
import type { StoredCard } from '../provider/provider.ts';
import type { BillingProfile, ShownCard, ShownProfile } from './profileTables.ts';

const SHOWN = `
  p.id, p.account_id as "accountId", p.name, p.currency, p.email, p.legal_name as "legalName", p.address_lines as "addressLines", p.country,
  p.vat_id as "vatId", p.tax_basis_points as "taxBasisPoints", p.created_at as "createdAt", p.deleted_at as "deletedAt",
  p.card_brand as brand, p.card_last_four as "lastFour", p.card_expiry_month as "expiryMonth", p.card_expiry_year as "expiryYear"`;
/** The request's role has no right to the last two: what the provider calls a card is nobody's business. */
const WHOLE = `${SHOWN}, p.card_customer as customer, p.card_method as method`;

type CardColumns<Card> = { [Column in keyof Card]: Card[Column] | null };
type RawShown = Omit<ShownProfile, 'card'> & CardColumns<ShownCard>;
type RawWhole = Omit<BillingProfile, 'card'> & CardColumns<StoredCard>;

function readShown({ brand, lastFour, expiryMonth, expiryYear, ...row }: RawShown): ShownProfile {
  const card = brand === null ? null : ({ brand, lastFour, expiryMonth, expiryYear } as ShownCard);
  return { ...row, card };
}

function readWhole({ customer, method, ...row }: RawWhole): BillingProfile {
  const { card, ...profile } = readShown(row);
  return { ...profile, card: card === null ? null : ({ ...card, customer, method } as StoredCard) };
}

/** A profile with its card, for the system role; deleted ones too, which is only for what was. */
export async function findProfile(tx: EntityManager, id: string): Promise<BillingProfile | null> {
  const rows: RawWhole[] = await tx.query(`select ${WHOLE} from billing_profile p where p.id = $1`, [id]);
  return rows[0] === undefined ? null : readWhole(rows[0]);
}

/** A profile that something is about to depend on: until the commit it is neither changed nor deleted. Null when it is not there or deleted. For the system role. */
export async function lockProfile(tx: EntityManager, id: string): Promise<BillingProfile | null> {
  const rows: RawWhole[] = await tx.query(
    `select ${WHOLE} from billing_profile p where p.id = $1 and p.deleted_at is null for share`,
    [id],
  );
  return rows[0] === undefined ? null : readWhole(rows[0]);
}

/** A profile that is about to be changed or deleted itself. Null when it is not there or deleted. For the system role. */
export async function lockProfileToChange(tx: EntityManager, id: string): Promise<BillingProfile | null> {
  const rows: RawWhole[] = await tx.query(
    `select ${WHOLE} from billing_profile p where p.id = $1 and p.deleted_at is null for update`,
    [id],
  );
  return rows[0] === undefined ? null : readWhole(rows[0]);
}

/** Row-level security decides which of them exist for this viewer, here and below. Deleted ones too: invoices refer to them. */
export async function loadProfiles(tx: EntityManager, ids: readonly string[]): Promise<ShownProfile[]> {
  const rows: RawShown[] = await tx.query(`select ${SHOWN} from billing_profile p where p.id = any($1)`, [ids]);
  return rows.map(readShown);
}

/** One page per account of its profiles, the oldest first; deleted ones are left out. */
export async function loadProfilePages(
  tx: EntityManager,
  accountIds: readonly string[],
  page: Page,
): Promise<ShownProfile[]> {
  const [createdAt, id] = page.after ?? [null, null];
  const rows: RawShown[] = await tx.query(
    `select found.* from unnest($1::uuid[]) as account (id)
     cross join lateral (
       select ${SHOWN} from billing_profile p
       where p.account_id = account.id and p.deleted_at is null
         and ($2::timestamptz is null or (p.created_at, p.id) > ($2, $3::uuid))
       order by p.created_at, p.id limit $4
     ) as found`,
    [accountIds, createdAt, id, page.first + 1],
  );
  return rows.map(readShown);
}
