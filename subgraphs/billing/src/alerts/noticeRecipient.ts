import type { EntityManager } from 'typeorm';
import { payerOf } from '../selling/subscriptions/subscriptionStore.ts';

/**
 * Who reads the mails about an account's credits: the account itself, unless it is resold: then anyone who pays for it
 * (A43).
 */
export const noticeRecipient = (tx: EntityManager, accountId: string): Promise<string> => payerOf(tx, accountId);
