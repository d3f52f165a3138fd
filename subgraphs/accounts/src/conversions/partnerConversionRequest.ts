import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { lockAccount } from '../accounts/accountStore.ts';
import { readText, refusesRequest } from './conversion.ts';
import { addConversion, findWaiting } from './conversionStore.ts';
import type { ConversionRow } from './conversionTables.ts';

const MAX_MESSAGE = 1_000;

export const partnerConversionRequest: MutationResolvers['partnerConversionRequest'] = async (
  _root,
  { input },
  ctx,
) => {
  const viewer = ctx.viewer as PersonViewer;
  const outcome = await ctx.write(async (tx) => {
    const message = readText(input.message ?? '', 0, MAX_MESSAGE);
    if (message === null) {
      return new Refusal('MESSAGE_NOT_READABLE', `Write at most ${MAX_MESSAGE} characters.`, ['input', 'message']);
    }
    // Requests of one account wait for each other here, and for its conversion.
    const account = await lockAccount(tx, viewer.accountId);
    if (account === null) throw new Error('The account that the viewer acts for is not there.');
    const refused = refusesRequest(account);
    if (refused !== null) return refused;
    const waiting = await findWaiting(tx, account.id);
    if (waiting !== null) return waiting;

    const conversion: ConversionRow = {
      id: newId(),
      accountId: account.id,
      status: 'REQUESTED',
      message: message === '' ? null : message,
      reason: null,
      requestedBy: viewer.userId,
      requestedAt: ctx.now,
      answeredBy: null,
      answeredAt: null,
    };
    await addConversion(tx, conversion);
    return conversion;
  });
  return outcome instanceof Refusal
    ? { conversion: null, userErrors: [outcome] }
    : { conversion: outcome, userErrors: [] };
};
