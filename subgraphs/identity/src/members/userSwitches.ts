import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import type { SubgraphContext } from '../context.ts';
import { lockPerson, voidOn } from '../credentials/voidOn.ts';
import { saveUserStatus } from './memberStore.ts';

/** Staff act on people of any account, so this is the second role's; the shield lets no one else in. */
async function switchUser(ctx: SubgraphContext, config: IdentityConfig, userId: string, status: 'ACTIVE' | 'INACTIVE') {
  const { userId: own } = ctx.viewer as PersonViewer;
  const field = ['input', 'userId'];
  const outcome = await ctx.system(`make a login ${status}`, async (tx) => {
    const notFound = new Refusal('USER_NOT_FOUND' as const, 'There is no such person.', field);
    const id = readId(userId);
    if (id === null) return notFound;
    if (id === own) return new Refusal('OWN_LOGIN', 'You cannot shut or open your own login.', field, 'G18');
    const person = await lockPerson(tx, { userId: id });
    if (person === null || !(await saveUserStatus(tx, id, status))) return notFound;
    if (status === 'INACTIVE')
      await voidOn(tx, 'USER_DEACTIVATED', { userId: id, emails: [person.email], at: realNow(config) });
    return { id };
  });
  if (outcome instanceof Refusal) return { user: null, userErrors: [outcome] };
  return { user: await ctx.loaders.user.load(outcome.id), userErrors: [] };
}

export const userDeactivate =
  (config: IdentityConfig): MutationResolvers['userDeactivate'] =>
  (_root, { input }, ctx) =>
    switchUser(ctx, config, input.userId, 'INACTIVE');

export const userActivate =
  (config: IdentityConfig): MutationResolvers['userActivate'] =>
  (_root, { input }, ctx) =>
    switchUser(ctx, config, input.userId, 'ACTIVE');
