import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { areaText, readAreaText } from '@comptoir/shared/viewer/areas.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { ApiKeyUpdateInput, MutationResolvers } from '../../generated/graphql.ts';
import { areasIn } from '../people/accountScope.ts';
import { readKey, refusesHigherRole, refusesMoreThanHeld, type WishedKey } from './apiKeyRules.ts';
import { findOwnerRole, lockApiKey, saveApiKey } from './apiKeyStore.ts';
import type { ApiKeyRow } from './apiKeyTables.ts';
import { apiKeyNotFound, refusesEnded } from './endedKey.ts';

export const apiKeyUpdate: MutationResolvers['apiKeyUpdate'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const outcome = await ctx.write(async (tx) => {
    const id = readId(input.apiKeyId);
    const apiKey = id === null ? null : await lockApiKey(tx, id);
    if (apiKey === null) return apiKeyNotFound();
    // Of a client's key what the partnership opens counts, not what the caller holds at home.
    const there = { ...viewer, areas: await areasIn(tx, viewer, apiKey.accountId, ctx.now) };
    // There the people of another account stand as members, whatever they are at home (O10).
    const own = apiKey.accountId === viewer.accountId || viewer.role === 'STAFF';
    const role = own ? viewer.role : ('MEMBER' as const);
    const refused =
      refusesEnded(apiKey, ctx.now) ??
      refusesMoreThanHeld(apiKey, there) ??
      refusesHigherRole(await findOwnerRole(tx, apiKey), { role }, ['input', 'apiKeyId']);
    if (refused !== null) return refused;
    const read = readKey(wished(apiKey, input), there, ctx.now);
    if (read instanceof Refusal) return read;

    const changed: ApiKeyRow = { ...apiKey, ...read, areas: read.areas.map(areaText) };
    await saveApiKey(tx, changed);
    return changed;
  });
  return outcome instanceof Refusal ? { apiKey: null, userErrors: [outcome] } : { apiKey: outcome, userErrors: [] };
};

/** The key as it is to be: what the input leaves out stays, a limit that it gives as null is lifted. */
function wished(apiKey: ApiKeyRow, input: ApiKeyUpdateInput): WishedKey {
  const limit = <Value>(value: Value | null | undefined, kept: Value | null): Value | null =>
    value === undefined ? kept : value;
  return {
    name: input.name ?? apiKey.name,
    areas: input.areas ?? apiKey.areas.map(readAreaText),
    networks: limit(input.networks, apiKey.networks) ?? [],
    notBefore: limit(input.notBefore, apiKey.notBefore),
    expiresAt: limit(input.expiresAt, apiKey.expiresAt),
    accounts: limit(input.accounts, apiKey.accounts),
    creditBudget: limit(input.creditBudget, apiKey.creditBudget),
  };
}
