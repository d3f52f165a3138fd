import { badInput } from '@comptoir/shared/protocol/errors.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { AccountTable } from './accountTables.ts';

export const internalAccountOpen: MutationResolvers['internalAccountOpen'] = async (_root, { input }, ctx) => {
  const id = readId(input.id);
  if (id === null) throw badInput('That is no account id.', ['input', 'id']);
  await ctx.system('open an account for its new owner', (tx) =>
    tx
      .createQueryBuilder()
      .insert()
      .into(AccountTable)
      .values({
        id,
        name: input.name,
        kind: input.kind,
        createdAt: ctx.now,
        status: 'ACTIVE',
        timeZone: 'UTC',
        cancelledAt: null,
      })
      .orIgnore()
      .updateEntity(false)
      .execute(),
  );
  return { accountId: id };
};
