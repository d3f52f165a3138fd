import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import type { CreditKind } from '../../books/ledger/kinds.ts';
import type { CreditPack } from './plan.ts';

type RawPack = Omit<CreditPack, 'prices' | 'credits'> & { credits: string; prices: Record<string, string> };

/** $1: the instant at which the prices hold. */
const PACK = `
  select pack.id, pack.kind, pack.credits, pack.retired_at is not null as retired, pack.position,
    (select coalesce(json_object_agg(currency, amount::text order by currency), '{}')
     from (select distinct on (currency) currency, amount
           from credit_pack_price
           where pack_id = pack.id and effective_from <= $1
           order by currency, effective_from desc, seq desc) latest
     where amount is not null) as prices
  from credit_pack pack`;

const readPack = (row: RawPack): CreditPack => ({
  ...row,
  credits: BigInt(row.credits),
  prices: new Map(Object.entries(row.prices).map(([currency, amount]) => [currency, BigInt(amount)])),
});

/** The pack with the prices that hold at `now`; a retired one too, and null when there is none. */
export async function loadCreditPack(tx: EntityManager, id: string, now: Date): Promise<CreditPack | null> {
  const known = readId(id);
  return known === null ? null : ((await loadCreditPacks(tx, [known], now))[0] ?? null);
}

export async function loadCreditPacks(tx: EntityManager, ids: readonly string[], now: Date): Promise<CreditPack[]> {
  const rows: RawPack[] = await tx.query(`${PACK} where pack.id = any($2)`, [now, ids]);
  return rows.map(readPack);
}

/** A page of the packs, by kind and size. */
export async function loadPackPage(
  tx: EntityManager,
  page: Page,
  filter: { kind: CreditKind | null; retired: boolean },
  now: Date,
): Promise<CreditPack[]> {
  const [position, id] = page.after ?? [null, null];
  const rows: RawPack[] = await tx.query(
    `${PACK}
     where ($2::text is null or pack.kind = $2) and ($3 or pack.retired_at is null)
       and ($4::text is null or (pack.position, pack.id) > ($4, $5::uuid))
     order by pack.position, pack.id
     limit $6`,
    [now, filter.kind, filter.retired, position, id, page.first + 1],
  );
  return rows.map(readPack);
}
