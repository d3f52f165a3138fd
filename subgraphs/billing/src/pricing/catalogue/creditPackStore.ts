import { columnsOf } from '@comptoir/shared/database/columns.ts';
import { type KeysetList, loadKeysetPages } from '@comptoir/shared/database/keyset.ts';
import type { Page } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import type { CreditKind } from '../../books/ledger/kinds.ts';
import { type PackRow, PackTable } from './catalogueTables.ts';
import type { CreditPack } from './plan.ts';

/** Prices come as text: JSON numbers lose digits. */
type RawPack = PackRow & { prices: Record<string, string> };

/** $1: the instant at which the prices hold. */
const PACK = `${columnsOf(PackTable, 'pack')},
    (select coalesce(json_object_agg(currency, amount::text order by currency), '{}')
     from (select distinct on (currency) currency, amount
           from credit_pack_price
           where pack_id = pack.id and effective_from <= $1
           order by currency, effective_from desc, seq desc) latest
     where amount is not null) as prices`;

const readPack = ({ retiredAt, prices, ...row }: RawPack): CreditPack => ({
  ...row,
  retired: retiredAt !== null,
  prices: new Map(Object.entries(prices).map(([currency, amount]) => [currency, BigInt(amount)])),
});

/** The pack with the prices that hold at `now`; a retired one too, and null when there is none. */
export async function loadCreditPack(tx: EntityManager, id: string, now: Date): Promise<CreditPack | null> {
  const known = readId(id);
  return known === null ? null : ((await loadCreditPacks(tx, [known], now))[0] ?? null);
}

export async function loadCreditPacks(tx: EntityManager, ids: readonly string[], now: Date): Promise<CreditPack[]> {
  const rows: RawPack[] = await tx.query(`select ${PACK} from credit_pack pack where pack.id = any($2)`, [now, ids]);
  return rows.map(readPack);
}

const PACKS: KeysetList = {
  select: PACK,
  from: 'credit_pack pack',
  where: '($2::text is null or pack.kind = $2) and ($3 or pack.retired_at is null)',
  keys: [
    { by: 'pack.position', kind: 'text' },
    { by: 'pack.id', kind: 'id' },
  ],
};

/** A page of the packs, by kind and size. */
export async function loadPackPage(
  tx: EntityManager,
  page: Page,
  { kind, retired }: { kind: CreditKind | null; retired: boolean },
  now: Date,
): Promise<CreditPack[]> {
  return (await loadKeysetPages<RawPack>(tx, PACKS, { page, values: [now, kind, retired] })).map(readPack);
}
