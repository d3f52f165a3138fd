import type { MoneyResolvers } from '../../../generated/graphql.ts';
import { formatMinor } from './money.ts';

export const Money: MoneyResolvers = { amount: (money) => formatMinor(money) };
