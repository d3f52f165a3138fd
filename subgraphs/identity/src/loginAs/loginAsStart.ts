import { unavailable } from '@comptoir/shared/protocol/errors.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId, readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { isStaff } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { onceForKey } from '../base/idempotency.ts';
import type { SubgraphContext } from '../context.ts';
import { addNotice } from '../notices/noticeStore.ts';
import { listsOf } from '../people/doors.ts';
import { loadEntries } from '../people/peopleStore.ts';
import { continueLoginAs } from './continueLoginAs.ts';
import { MAX_MINUTES, readWish, refusesWay, type Way } from './loginAs.ts';
import { addLoginAs, findWay } from './loginAsStore.ts';
import type { LoginAsRow } from './loginAsTables.ts';
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
    // Anyone who started it renews its token: a colleague who sends the same intention is not let in by it.
    const intention = { mutation: 'loginAsStart', input, by: viewer.userId };
    const again = {
      kept: ({ id }: LoginAsRow): Started => ({ loginAsId: id }),
      shown: (kept: Started) => startedBefore(kept, ctx, config),
    };
    const started = await onceForKey(ctx, intention, again, async (once) => {
      const wish = readWish({ reason: input.reason, minutes: input.minutes ?? MAX_MINUTES });
      if (wish instanceof Refusal) return wish;
      const accountId = readId(input.accountId);
      const names = await namesOf(ctx, accountId === null ? [] : [accountId, viewer.accountId]);

      const at = realNow(config);
      const until = new Date(at.getTime() + wish.minutes * 60_000);
      const sessionId = newId();
      const start = async (tx: EntityManager) => {
        const staff = isStaff(viewer);
        const found =
          accountId === null ? null : await findWay(tx, { holder: viewer.accountId, accountId, now: ctx.now });
        // Foreign accounts take the same way as those that do not exist.
        const named = accountId === null ? undefined : names.get(accountId);
        // No one logs in as the provider: whose people they are, they log in by themselves.
        const exists = named !== undefined && accountId !== viewer.accountId && !named.isProvider;
        const home = (await loadEntries(tx, viewer.userId)).find((entry) => entry.accountId === viewer.accountId);
        const ownNetworks = listsOf(home?.networks ?? null, home?.accountNetworks ?? null);
        const way = found !== null && exists && home !== undefined ? { ...found, ownNetworks } : NO_WAY;
        const refused = refusesWay(
          staff && exists && home !== undefined ? { ...way, linked: true, granted: true } : way,
          viewer,
        );
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
      };
      const begun = await ctx.system('log in as a client', (tx) => once(tx, () => start(tx)));
      // Signed when it is committed: no connection waits for it.
      return 'id' in begun
        ? { loginAs: begun, tokens: await loginAsTokens({ sessionId, loginAs: begun }, config, at) }
        : begun;
    });
    if (started instanceof Refusal) return { loginAs: null, tokens: null, userErrors: [started] };
    return { ...started, userErrors: [] };
  };

type Started = { loginAsId: string };

/**
 * What was started is shown as it is now. No token of it is kept: while it goes on there is a new one, as by
 * `loginAsRenew`, and from where that one gives it.
 */
async function startedBefore({ loginAsId }: Started, ctx: SubgraphContext, config: IdentityConfig) {
  const at = realNow(config);
  const { userId, address } = ctx.viewer as PersonViewer;
  const field = ['input', 'accountId'];
  const open = await ctx.system('renew the token of a log-in-as', (tx) =>
    continueLoginAs(tx, { loginAsId, userId, at }, { address, field }),
  );
  if (open instanceof Refusal) return open;
  if (open === 'OVER') return { loginAs: await ctx.loaders.loginAs.load(loginAsId), tokens: null };
  return { loginAs: open.loginAs, tokens: await loginAsTokens(open, config, at) };
}

type Named = { id: string; name: string; isProvider?: boolean };

const NO_WAY: Way = {
  linked: false,
  granted: false,
  ownNetworks: [],
  networks: [],
  cancelled: false,
  asksSecondFactor: false,
};

/**
 * The accounts that there are, with their names for the mail; what is missing does not exist. Without accounts no one
 * logs in as anybody.
 */
async function namesOf(ctx: SubgraphContext, ids: string[]): Promise<Map<string, Named>> {
  type Answer = { internalAccountNames: Named[] };
  const { internalAccountNames } = await ctx.call<Answer>('accounts', NAMES, { ids }).catch((error: unknown) => {
    ctx.log.warn({ err: error }, 'accounts did not answer for a log-in-as');
    throw unavailable('The account cannot be looked up right now. Try again.');
  });
  return new Map(internalAccountNames.map((named) => [named.id, named]));
}
