import type { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { EntityManager } from 'typeorm';
import { accountCancelled } from './refusals.ts';

/**
 * Why nothing new is sold for, or to, an account that was cancelled (A61); null when none of these was, each by the
 * field of the input that names it or its profile. `access.account_cancelled` says so in the very commit that cancels,
 * so that a quote of before is refused when it is committed. What still runs, runs to its end, and may be renewed
 * (A53).
 */
export async function refusesCancelledAccount(
  tx: EntityManager,
  accounts: Record<string, string | null | undefined>,
): Promise<Refusal<'ACCOUNT_CANCELLED'> | null> {
  const ids = Object.values(accounts).filter((id) => id != null);
  const rows: { account: string }[] = await tx.query(
    'select account from access.account_cancelled where account = any($1)',
    [ids],
  );
  const field = Object.keys(accounts).find((name) => rows.some(({ account }) => account === accounts[name]));
  return field === undefined ? null : accountCancelled(['input', field]);
}
