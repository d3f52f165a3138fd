import type { Area, Verb } from '../viewer/areas.ts';

/**
 * Whose rows a request sees, written once and used by every policy (DESIGN section 3): the active account's own; those
 * of accounts that `access.reach` opens to it for the area and verb; for the provider's staff all. And none of an
 * account whose network list does not admit the caller's address (G11). `LINK` is the bare fact of an active
 * partnership: it opens an account's name and status.
 *
 * @param account SQL of the column that holds the owning account, qualified by its table.
 */
export function inScope(account: string, area: Area | 'LINK', verb: Verb, admits = admitted): string {
  return `((
    ${account} = (select access.viewer_account())
    or (select access.viewer_is_staff())
    or ${reaches('(select access.viewer_account())', account, area, verb, '(select access.viewer_now())')}
  ) and ${admits(account)})`;
}

/**
 * SQL: true when an account is opened to another one, the holder, for the area and verb at an instant. `LINK` is opened
 * for READ alone.
 *
 * @param holder and the rest: SQL of the two accounts and of the instant.
 */
export function reaches(holder: string, account: string, area: Area | 'LINK', verb: Verb, at: string): string {
  return `exists (
      select from access.reach r
      where ${opens(holder, account, area, verb)} and r.valid @> ${at})`;
}

/** As `reaches`, of a row `r` of `access.reach` and whenever: for what asks more of the row than that it is there. */
export function opens(holder: string, account: string, area: Area | 'LINK', verb: Verb): string {
  return `r.holder = ${holder} and r.account = ${account}
        and r.area = '${area}' and r.verb = '${verb}'`;
}

/**
 * True when the account is within the set that the caller's key is limited to (G15), and has no network list or one
 * that admits the caller's address (G11); an unreadable address is admitted nowhere. The lists themselves are closed to
 * no matter who asks: a function answers. It is asked once for the own account, once for all clients, and for each row
 * of anybody else.
 */
export function admitted(account: string): string {
  return `(coalesce(${account} = any ((select access.viewer_accounts())::uuid[]), true)
    and case when ${account} = (select access.viewer_account()) then (select access.admits(access.viewer_account()))
      when ${account} = any ((select access.open_clients())::uuid[]) then true else access.admits(${account}) end)`;
}

/** True when the viewer is not limited to branches of their account (G12). */
export const NOT_LIMITED_TO_BRANCHES = '((select access.viewer_branches()) is null)';

/**
 * True when the viewer is not limited to branches, or the row belongs to one of theirs (G12); a row without a branch is
 * out of a limited viewer's sight. For tables with a branch.
 */
export function withinBranches(branch: string): string {
  return `(${NOT_LIMITED_TO_BRANCHES} or ${branch} = any ((select access.viewer_branches())::uuid[]))`;
}

/**
 * The policy of a table whose rows belong to an account as a whole: none of them is there for a member who is limited
 * to branches (G12), whatever else admits them. Every table that the role of a subgraph's requests may read has this
 * one or another that asks for branches; `gateway/stories/isolation/branches.story.test.ts` looks.
 *
 * @param tables names within the schema of that role.
 */
export function wholeAccountPolicies(tables: readonly string[], role: string): string {
  return tables
    .map(
      (table) => `
    create policy whole_account on ${table} as restrictive to ${role}
      using (${NOT_LIMITED_TO_BRANCHES}) with check (${NOT_LIMITED_TO_BRANCHES});`,
    )
    .join('');
}

/**
 * The usual three policies of a table whose rows belong to an account: read within READ, write within WRITE, all for
 * the system role.
 */
export function accountPolicies(table: string, role: string, area: Area, account = `${table}.account_id`): string {
  return `
    alter table ${table} enable row level security;
    create policy seen on ${table} for select to ${role} using (${inScope(account, area, 'READ')});
    create policy added on ${table} for insert to ${role} with check (${inScope(account, area, 'WRITE')});
    create policy changed on ${table} for update to ${role} using (${inScope(account, area, 'WRITE')}) with check (${inScope(account, area, 'WRITE')});
    create policy system on ${table} to ${role}_system using (true) with check (true);`;
}
