import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import { insertOnce } from '../../base/insertOnce.ts';
import type { KeyBudget } from '../../charges/charge.ts';
import { KeyConsumptionTable } from '../../charges/chargeTables.ts';

/** The key with a budget that a request came with (N11); null of people, and of keys without one. */
export const keyBudgetOf = (viewer: Viewer): KeyBudget | null =>
  viewer.kind === 'KEY' && viewer.creditBudget !== undefined
    ? { id: viewer.keyId, accountId: viewer.accountId, budget: BigInt(viewer.creditBudget) }
    : null;

/**
 * Counts what a quote buys or allocates against the budget of the key that commits it, in the transaction that begins
 * to: by the same counter, locked, as what its events consume. So neither two commits nor a commit and a charge at once
 * go beyond it. Wallets are locked before.
 */
export async function spendBudget(
  tx: EntityManager,
  key: KeyBudget,
  credits: bigint,
): Promise<{ apiKeyId: string | null } | Refusal<'KEY_BUDGET_EXCEEDED'>> {
  if (credits === 0n) return { apiKeyId: null };
  await insertOnce(tx, KeyConsumptionTable, { keyId: key.id, accountId: key.accountId, consumed: 0n });
  const lock = { mode: 'pessimistic_write' } as const;
  const { consumed } = await tx.findOneOrFail(KeyConsumptionTable, { where: { keyId: key.id }, lock });
  const left = key.budget - consumed;
  if (left < credits) {
    const message = `The budget of this API key has ${left > 0n ? left : 0n} credits left, and this takes ${credits}.`;
    return new Refusal('KEY_BUDGET_EXCEEDED', message, null, 'N11');
  }
  await count(tx, key.id, credits);
  return { apiKeyId: key.id };
}

/** Gives the key its credits back: the payment of the quote came to nothing. */
export async function releaseBudget(tx: EntityManager, apiKeyId: string | null, credits: bigint): Promise<void> {
  if (apiKeyId !== null) await count(tx, apiKeyId, -credits);
}

const count = (tx: EntityManager, keyId: string, credits: bigint): Promise<unknown> =>
  tx.query('update key_consumption set consumed = consumed + $2 where key_id = $1', [keyId, credits.toString()]);
