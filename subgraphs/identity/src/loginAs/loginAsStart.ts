import { unavailable } from '@comptoir/shared/errors.ts';
import { Refusal } from '@comptoir/shared/refusal.ts';
import { newId, readId } from '@comptoir/shared/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer.ts';
import { isStaff } from '@comptoir/shared/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../config.ts';
import type { SubgraphContext } from '../context.ts';
import { addNotice } from '../mails/mailStore.ts';
import { type LoginAsRow, MOST_MINUTES, readWish, refusesWay, type Way } from './loginAs.ts';
import { addLoginAs, findWay } from './loginAsStore.ts';
import { loginAsTokens } from './loginAsTokens.ts';

const NAMES = /* GraphQL */ `
  query AccountNames($ids: [ID!]!) {
    internalAccountNames(ids: $ids) { id name isProvider }
  }
`;

export const loginAsStart =
  (config: IdentityConfig): MutationResolvers['loginAsStart'] =>
  async (_root, { input }, ctx) => {
    // Guarded: a person with SECURITY who acts for themselves.
    const viewer = ctx.viewer as PersonViewer;
    const none = { loginAs: null, tokens: null };
    const wish = readWish({ reason: input.reason, minutes: input.minutes ?? MOST_MINUTES });
    if (wish instanceof Refusal) return { ...none, userErrors: [wish] };
    const accountId = readId(input.accountId);
    const names = await namesOf(ctx, accountId === null ? [] : [accountId, viewer.accountId]);

    const at = realNow(config);
    const until = new Date(at.getTime() + wish.minutes * 60_000);
    const sessionId = newId();
    const started = await ctx.system('log in as a client', async (tx) => {
      const staff = isStaff(viewer);
      const found =
        accountId === null ? null : await findWay(tx, { holder: viewer.accountId, accountId, now: ctx.now });
      // Foreign accounts take the same way as those that do not exist.
      const named = accountId === null ? undefined : names.get(accountId);
      // Nobody logs in as the provider: whose people they are, they log in by themselves.
      const exists = named !== undefined && accountId !== viewer.accountId && !named.isProvider;
      const way = found !== null && exists ? found : NO_WAY;
      const refused = refusesWay(staff && exists ? { ...way, linked: true, granted: true } : way, viewer.address);
      if (refused !== null) return refused;

      const loginAs: LoginAsRow = {
        id: newId(),
        accountId: accountId as string,
        actorUserId: viewer.userId,
        actorAccountId: viewer.accountId,
        byStaff: staff,
        reason: wish.reason,
        startedAt: at,
        until,
        endedAt: null,
        endedBy: null,
        accountCancelled: false,
      };
      await addLoginAs(tx, loginAs, { id: sessionId, parentId: viewer.sessionId, address: viewer.address });
      await addNotice(tx, {
        id: loginAs.id,
        accountId: loginAs.accountId,
        area: 'SECURITY',
        kind: 'LOGIN_AS_STARTED',
        params: { partner: names.get(viewer.accountId)?.name ?? '', message: wish.reason },
        createdAt: ctx.now,
      });
      return loginAs;
    });
    if (started instanceof Refusal) return { ...none, userErrors: [started] };
    return {
      loginAs: started,
      tokens: await loginAsTokens({ sessionId, loginAs: started }, config, at),
      userErrors: [],
    };
  };

type Named = { id: string; name: string; isProvider?: boolean };

const NO_WAY: Way = { linked: false, granted: false, networks: [], cancelled: false };

/** The accounts that there are, with their names for the mail; what is missing does not exist. Without accounts nobody logs in as anybody. */
async function namesOf(ctx: SubgraphContext, ids: string[]): Promise<Map<string, Named>> {
  type Answer = { internalAccountNames: Named[] };
  const { internalAccountNames } = await ctx.call<Answer>('accounts', NAMES, { ids }).catch((error: unknown) => {
    ctx.log.warn({ err: error }, 'accounts did not answer for a log-in-as');
    throw unavailable('The account cannot be looked up right now. Try again.');
  });
  return new Map(internalAccountNames.map((named) => [named.id, named]));
}
