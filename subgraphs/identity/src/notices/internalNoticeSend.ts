import { badInput } from '@comptoir/shared/protocol/errors.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { addNotice } from './noticeStore.ts';
import { isNoticeKind } from './notices.ts';

export const internalNoticeSend: MutationResolvers['internalNoticeSend'] = async (_root, { input }, ctx) => {
  const id = readId(input.id);
  const accountId = readId(input.accountId);
  if (id === null || accountId === null) throw badInput('That is no id.', ['input', id === null ? 'id' : 'accountId']);
  if (!isNoticeKind(input.kind)) throw badInput('There is no such kind of notice.', ['input', 'kind']);
  const params = Object.fromEntries(input.params.map(({ name, value }) => [name, value]));
  await ctx.system('send a notice', (tx) =>
    addNotice(tx, { id, accountId, area: input.area, kind: input.kind, params, createdAt: ctx.now }),
  );
  return { noticeId: id };
};
