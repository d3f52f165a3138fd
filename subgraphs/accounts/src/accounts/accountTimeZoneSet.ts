import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { mayConfigure, saveTimeZone } from './accountStore.ts';
import { readTimeZone } from './timeZone.ts';

export const accountTimeZoneSet: MutationResolvers['accountTimeZoneSet'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const refused = (refusal: Refusal<'TIME_ZONE_NOT_KNOWN' | 'ACCOUNT_NOT_FOUND'>) => ({
    account: null,
    userErrors: [refusal],
  });
  const timeZone = readTimeZone(input.timeZone);
  if (timeZone === null) {
    const message = 'Name a time zone as IANA does, for example Europe/Paris.';
    return refused(new Refusal('TIME_ZONE_NOT_KNOWN', message, ['input', 'timeZone'], 'A18'));
  }
  const id = input.accountId == null ? viewer.accountId : readId(input.accountId);
  // Under the request's role a policy that admits this would admit every other change of the row too: hence scope
  // first, and the second role for the one column.
  if (id === null || !(await ctx.read((tx) => mayConfigure(tx, id)))) {
    return refused(new Refusal('ACCOUNT_NOT_FOUND', 'There is no such account.', ['input', 'accountId']));
  }
  const account = await ctx.system('set the time zone of an account', (tx) => saveTimeZone(tx, id, timeZone));
  return { account, userErrors: [] };
};
