import { readId } from '@comptoir/shared/values/uuid.ts';
import { LessThanOrEqual } from 'typeorm';
import type { QueryResolvers } from '../../../generated/graphql.ts';
import { WalletTable } from './creditTables.ts';

export const internalWalletPlace: QueryResolvers['internalWalletPlace'] = async (_root, args, ctx) => {
  const id = readId(args.id);
  if (id === null) return null;
  const opened = args.at == null ? {} : { openedAt: LessThanOrEqual(args.at) };
  return await ctx.system('whose a wallet is', (tx) => tx.findOneBy(WalletTable, { id, ...opened }));
};
