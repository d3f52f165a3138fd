import { randomInt } from 'node:crypto';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import type { EntityManager } from 'typeorm';
import type { AttributionRow, ReferralRow } from './commissionTables.ts';

/** Capitals and digits that nobody mistakes for one another. */
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

const REFERRAL = 'r.code, r.partner_id as "partnerId", r.created_at as "createdAt"';

/** The codes of partners that are good now. Row-level security decides which of them exist for this viewer, here and below. */
export async function loadReferrals(tx: EntityManager, partnerIds: readonly string[]): Promise<ReferralRow[]> {
  return await tx.query(`select ${REFERRAL} from referral_code r where r.partner_id = any($1) and r.ended_at is null`, [
    partnerIds,
  ]);
}

/** Gives a partner a new code, which ends the older. For the system role. */
export async function renewReferral(tx: EntityManager, referral: ReferralRow): Promise<void> {
  const { code, partnerId, createdAt } = referral;
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('referral ' || $1, 0))`, [partnerId]);
  await tx.query(
    'update referral_code set ended_at = greatest($2, created_at) where partner_id = $1 and ended_at is null',
    [partnerId, createdAt],
  );
  await tx.query('insert into referral_code values ($1, $2, $3, null)', [code, partnerId, createdAt]);
}

/** Whose code that is; null when it is nobody's, or ended. For the system role. */
export async function findReferrer(tx: EntityManager, code: string): Promise<string | null> {
  const [row] = await tx.query(
    'select partner_id as "partnerId" from referral_code where code = $1 and ended_at is null',
    [code],
  );
  return row?.partnerId ?? null;
}

/** Notes who brought a client, unless somebody did before. For the system role. */
export async function addAttribution(tx: EntityManager, of: AttributionRow & { code: string }): Promise<void> {
  await tx.query('insert into referral_attribution values ($1, $2, $3, $4) on conflict do nothing', [
    of.clientId,
    of.partnerId,
    of.code,
    of.attributedAt,
  ]);
}

/** One page per partner of the clients that it brought, newest first. */
export async function loadAttributionPages(
  tx: EntityManager,
  partnerIds: readonly string[],
  page: Page,
): Promise<AttributionRow[]> {
  const [at, id] = page.after ?? [null, null];
  return await tx.query(
    `select found.* from unnest($1::uuid[]) as wanted (id)
     cross join lateral (
       select a.client_id as "clientId", a.partner_id as "partnerId", a.attributed_at as "attributedAt"
       from referral_attribution a
       where a.partner_id = wanted.id and ($2::timestamptz is null or (a.attributed_at, a.client_id) < ($2, $3::uuid))
       order by a.attributed_at desc, a.client_id desc limit $4
     ) as found`,
    [partnerIds, at, id, page.first + 1],
  );
}
