import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { convertToPartner } from '../accounts/account.ts';
import { lockAccount } from '../accounts/accountStore.ts';
import { AccountTable } from '../accounts/accountTables.ts';
import { saveConverted } from './conversionStore.ts';

export const accountConvertToPartner: MutationResolvers['accountConvertToPartner'] = async (_root, { input }, ctx) => {
  const outcome = await ctx.write(async (tx) => {
    const id = readId(input.accountId);
    const account = id === null ? null : await lockAccount(tx, id);
    if (account === null) return new Refusal('ACCOUNT_NOT_FOUND', 'There is no such account.', ['input', 'accountId']);

    const partner = convertToPartner(account);
    if (partner instanceof Refusal) return partner;

    await tx.update(AccountTable, { id: account.id }, { kind: partner.kind });
    await saveConverted(tx, account.id, { by: (ctx.viewer as PersonViewer).userId, at: ctx.now });
    return partner;
  });
  return outcome instanceof Refusal ? { account: null, userErrors: [outcome] } : { account: outcome, userErrors: [] };
};
