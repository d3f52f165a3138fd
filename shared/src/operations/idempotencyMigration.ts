import { requestRole, type SubgraphName, systemRole } from '../values/subgraphs.ts';

/**
 * The table of a subgraph's idempotency keys (`idempotency.ts`), one per schema. Ids and hashes only. A row is added in
 * the commit of what it is about and stays as long: nothing may change it, and a key has its answer for good.
 */
export function idempotencyTable(subgraph: SubgraphName): string {
  return `
    create table idempotency_key (
      account_id uuid not null,
      key text not null check (length(key) between 1 and 200),
      input_hash bytea not null,
      answer jsonb not null,
      used_at timestamptz not null,
      primary key (account_id, key)
    );
    grant select, insert on idempotency_key to ${systemRole(subgraph)};
    alter table idempotency_key enable row level security;
    create policy system on idempotency_key to ${systemRole(subgraph)} using (true) with check (true);
    ${idempotencyForRequests(subgraph)}`;
}

/** Lets requests look at, and add, the keys of the account that they act for. */
export function idempotencyForRequests(subgraph: SubgraphName): string {
  const role = requestRole(subgraph);
  return `
    grant select, insert on idempotency_key to ${role};
    create policy seen on idempotency_key for select to ${role} using (account_id = (select access.viewer_account()));
    create policy added on idempotency_key for insert to ${role} with check (account_id = (select access.viewer_account()));`;
}
