import { randomInt } from 'node:crypto';
import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { Any, type EntityManager, IsNull } from 'typeorm';
import { insertOnce } from '../base/insertOnce.ts';
import { lockName } from '../base/lockName.ts';
import { type AttributionRow, AttributionTable, type ReferralRow, ReferralTable } from './commissionTables.ts';

/** Capitals and digits that no one mistakes for one another. */
const LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
const LENGTH = 10;

/** A new code for a referral link: 10 letters and digits, some 49 bits by chance. No secret: it stands on web pages. */
export const newReferralCode = (): string =>
  Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');

/** Reads a code as it comes with a link, however its letters are written; null for everything else. */
export function readReferralCode(text: string): string | null {
  const code = text.trim().toUpperCase();
  return /^[A-Z0-9]{10}$/.test(code) ? code : null;
}

/**
 * The codes of partners that are good now. Row-level security decides which of them exist for this viewer, here and
 * below.
 */
export async function loadReferrals(tx: EntityManager, partnerIds: readonly string[]): Promise<ReferralRow[]> {
  return await tx.findBy(ReferralTable, { partnerId: Any([...partnerIds]), endedAt: IsNull() });
}

/** Returns a partner a new code, which ends the older. For the system role. */
export async function renewReferral(tx: EntityManager, referral: ReferralRow): Promise<void> {
  const { code, partnerId, createdAt } = referral;
  await lockName(tx, `referral ${partnerId}`);
  await tx
    .createQueryBuilder()
    .update(ReferralTable)
    .set({ endedAt: () => 'greatest(:createdAt, created_at)' })
    .where({ partnerId, endedAt: IsNull() })
    .setParameters({ createdAt })
    .execute();
  await tx.insert(ReferralTable, { code, partnerId, createdAt, endedAt: null });
}

/** Whose code that is; null when it is no one's, or ended. For the system role. */
export async function findReferrer(tx: EntityManager, code: string): Promise<string | null> {
  const referral = await tx.findOneBy(ReferralTable, { code, endedAt: IsNull() });
  return referral?.partnerId ?? null;
}

/** Notes who brought a client, unless somebody did before. For the system role. */
export async function addAttribution(tx: EntityManager, of: AttributionRow & { code: string }): Promise<void> {
  await insertOnce(tx, AttributionTable, of);
}

const ATTRIBUTIONS: KeysetList = {
  select: columnsOf(AttributionTable, 'a'),
  from: 'referral_attribution a',
  where: 'a.partner_id = owner.id',
  keys: [
    { by: 'a.attributed_at', kind: 'instant' },
    { by: 'a.client_id', kind: 'id' },
  ],
  descending: true,
};

/** One page per partner of the clients that it brought, newest first. */
export const loadAttributionPages = (
  tx: EntityManager,
  owners: readonly string[],
  page: Page,
): Promise<AttributionRow[]> => loadKeysetPages(tx, ATTRIBUTIONS, { owners, page });
