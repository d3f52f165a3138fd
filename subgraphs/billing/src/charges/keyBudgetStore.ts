import type { Statement } from '@comptoir/shared/database/pipeline.ts';
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
 * The keys with a budget among the requests, in the order of their ids: two calls never wait for each other in a
 * circle.
 */
export function keysWithBudget(requests: readonly ChargeRequest[]): KeyBudget[] {
  const keys = new Map(requests.flatMap(({ key }) => (key === null ? [] : [[key.id, key] as [string, KeyBudget]])));
  return [...keys.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

export type CounterRow = { keyId: string; consumed: bigint };

/**
 * Locks the counters of keys, which are made where there are none yet, and gives them (`CounterRow`): no one else moves
 * them until the commit. For after all wallets.
 */
export function lockCounters(keys: readonly KeyBudget[]): Statement[] {
  const ids = keys.map(({ id }) => id);
  if (ids.length === 0) return [];
  return [
    {
      sql: `insert into key_consumption (key_id, account_id, consumed)
            select key_id, account_id, 0 from unnest($1::uuid[], $2::uuid[]) as k (key_id, account_id) order by key_id on conflict do nothing`,
      values: [ids, keys.map(({ accountId }) => accountId)],
    },
    {
      sql: 'select key_id as "keyId", consumed from key_consumption where key_id = any($1) order by key_id for update',
      values: [ids],
    },
  ];
}

/** What each key has left of its budget. */
export function leftOf(keys: readonly KeyBudget[], counters: readonly CounterRow[]): Map<string, bigint> {
  const budgets = new Map(keys.map(({ id, budget }) => [id, budget]));
  return new Map(counters.map(({ keyId, consumed }) => [keyId, (budgets.get(keyId) ?? 0n) - consumed]));
}

/** Counts charges against the budgets of their keys, whose counters are locked. */
export function countConsumption(charges: readonly NewCharge[]): Statement[] {
  const consumed = new Map<string, bigint>();
  for (const { key, credits } of charges)
    if (key !== null) consumed.set(key.id, (consumed.get(key.id) ?? 0n) + credits);
  if (consumed.size === 0) return [];
  return [
    {
      sql: `update key_consumption k set consumed = k.consumed + more.credits
            from unnest($1::uuid[], $2::bigint[]) as more (key_id, credits) where k.key_id = more.key_id`,
      values: [[...consumed.keys()], [...consumed.values()].map(String)],
    },
  ];
}
