import type { EntityManager } from 'typeorm';
import type { Standing } from './actions.ts';

/** Only of subscriptions that the viewer sees. */
export async function loadStandings(tx: EntityManager, ids: readonly string[]): Promise<Standing[]> {
  return await tx.query(
    `select id, writable, change_paying as "changePaying", account_cancelled as "accountCancelled", payer_writable as "payerWritable",
            payer_may_pay as "payerMayPay", profile_there as "profileThere", cycle_payer_writable as "cyclePayerWritable",
            cycle_profile_there as "cycleProfileThere", own_may_pay as "ownMayPay"
     from subscription_standing($1)`,
    [ids],
  );
}
