import type { EntityManager } from 'typeorm';
import type { ChargeRequest, KeyBudget, NewCharge } from './charge.ts';

/** What a key has consumed, for showing. */
export type ConsumptionRow = { keyId: string; consumed: number };

/** Row-level security decides which of them exist for this viewer. */
export async function loadKeyConsumption(tx: EntityManager, keyIds: readonly string[]): Promise<ConsumptionRow[]> {
  return await tx.query(
    'select key_id as "keyId", consumed::float8 as consumed from key_consumption where key_id = any($1)',
    [keyIds],
  );
}

/**
 * Locks the counters of the keys with a budget among the requests, and gives what each has left. Made where there is none yet, and taken in the order of their ids, after all
 * wallets: two calls never wait for each other in a circle. Nobody else moves them until the commit.
 */
export async function lockBudgets(tx: EntityManager, requests: readonly ChargeRequest[]): Promise<Map<string, bigint>> {
  const budgets = new Map(requests.flatMap(({ key }) => (key === null ? [] : [[key.id, key] as [string, KeyBudget]])));
  if (budgets.size === 0) return new Map();
  const keys = [...budgets.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  await tx.query(
    `insert into key_consumption (key_id, account_id, consumed)
     select key_id, account_id, 0 from unnest($1::uuid[], $2::uuid[]) as k (key_id, account_id) order by key_id on conflict do nothing`,
    [keys.map(({ id }) => id), keys.map(({ accountId }) => accountId)],
  );
  const rows: { keyId: string; consumed: string }[] = await tx.query(
    'select key_id as "keyId", consumed from key_consumption where key_id = any($1) order by key_id for update',
    [keys.map(({ id }) => id)],
  );
  return new Map(rows.map(({ keyId, consumed }) => [keyId, (budgets.get(keyId)?.budget ?? 0n) - BigInt(consumed)]));
}

/** Counts charges against the budgets of their keys, whose counters are locked. */
export async function countConsumption(tx: EntityManager, charges: readonly NewCharge[]): Promise<void> {
  const consumed = new Map<string, bigint>();
  for (const { key, credits } of charges)
    if (key !== null) consumed.set(key.id, (consumed.get(key.id) ?? 0n) + credits);
  if (consumed.size === 0) return;
  await tx.query(
    `update key_consumption k set consumed = k.consumed + more.credits
     from unnest($1::uuid[], $2::bigint[]) as more (key_id, credits) where k.key_id = more.key_id`,
    [[...consumed.keys()], [...consumed.values()].map(String)],
  );
}
