import { readId } from '@comptoir/shared/values/uuid.ts';
import type { QueryResolvers } from '../../../generated/graphql.ts';

export const internalWalletPlace: QueryResolvers['internalWalletPlace'] = async (_root, args, ctx) => {
  const id = readId(args.id);
  if (id === null) return null;
  const [row] = await ctx.system('whose a wallet is', (tx) =>
    tx.query(
      'select account_id as "accountId" from wallet where id = $1 and ($2::timestamptz is null or opened_at <= $2)',
      [id, args.at ?? null],
    ),
  );
  return row ?? null;
};
