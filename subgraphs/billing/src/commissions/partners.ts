import type { CallService } from '@comptoir/shared/protocol/services.ts';

const FACTS = /* GraphQL */ `
  query Facts($ids: [ID!]!) {
    internalAccountFacts(ids: $ids) { id kind cancelled }
  }
`;

/** Those of the accounts that are partners and not cancelled, as accounts says. Never inside a transaction. */
export async function loadPartners(call: CallService, ids: readonly string[]): Promise<Set<string>> {
  type Data = { internalAccountFacts: { id: string; kind: string; cancelled: boolean }[] };
  const { internalAccountFacts: facts } = await call<Data>('accounts', FACTS, { ids });
  return new Set(facts.filter(({ kind, cancelled }) => kind === 'PARTNER' && !cancelled).map(({ id }) => id));
}
