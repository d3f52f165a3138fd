/**
 * SQL: true when an account may know of another one's credits now, because they are its own or its client's that granted BILLING. For what is found out without a
 * request, whose viewer row-level security would ask about.
 */
export const mayKnow = (holder: string, account: string, now: string): string =>
  `(${holder} = ${account} or exists (
      select from access.reach r
      where r.holder = ${holder} and r.account = ${account} and r.area = 'BILLING' and r.verb = 'READ' and r.valid @> ${now}::timestamptz))`;
