import type { EntityManager } from 'typeorm';

/**
 * SQL: true when an account may know of another one's credits now, because they are its own or its client's that
 * granted BILLING. For what is found out without a request, whose viewer row-level security would ask about.
 */
export const mayKnow = (holder: string, account: string, now: string): string =>
  `(${holder} = ${account} or exists (
      select from access.reach r
      where r.holder = ${holder} and r.account = ${account} and r.area = 'BILLING' and r.verb = 'READ' and r.valid @> ${now}::timestamptz))`;

/**
 * True when an account may hand credits to another one: to clients that granted BILLING to it. Never the other way:
 * whoever may change a client's billing would else take what the client bought, or was given for free.
 */
export async function mayAllocate(
  tx: EntityManager,
  { fromAccountId, toAccountId, now }: { fromAccountId: string; toAccountId: string; now: Date },
): Promise<boolean> {
  const [{ reaches }] = await tx.query(
    `select exists (
       select from access.reach r
       where r.holder = $1 and r.account = $2 and r.area = 'BILLING' and r.verb = 'WRITE' and r.valid @> $3::timestamptz) as reaches`,
    [fromAccountId, toAccountId, now],
  );
  return reaches;
}
