import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers, PrepaidEarmarkErrorCode, PrepaidEarmarkInput } from '../../../generated/graphql.ts';
import { once } from '../../base/idempotencyKeys.ts';
import { spendsOwn, writable } from '../../base/scope.ts';
import { moneyKind } from '../../books/ledger/kinds.ts';
import { legsOut, post } from '../../books/ledger/post.ts';
import { parseMoney } from '../../books/money/money.ts';
import type { SubgraphContext } from '../../context.ts';
import { lockProfile } from '../profiles/profileStore.ts';
import type { BillingProfile } from '../profiles/profileTables.ts';
import { legIn, lockMoneyWallets, openMoneyWallet } from './moneyWallets.ts';
import { takeFrom } from './prepaid.ts';

export const prepaidEarmark: MutationResolvers['prepaidEarmark'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const profileId = readId(input.profileId);
  const scope = profileId === null ? null : await provenScope(ctx, profileId, input);

  const outcome = await ctx.system('prepaid money is kept for another account', (tx) =>
    once(
      tx,
      {
        accountId: viewer.accountId,
        key: input.idempotencyKey,
        mutation: 'prepaidEarmark',
        input,
        now: ctx.now,
      },
      async (): Promise<{ profileId: string } | Refusal<PrepaidEarmarkErrorCode>> => {
        const profile = scope === null ? null : await lockProfile(tx, scope.profileId);
        if (scope === null || profile === null) {
          return new Refusal('PROFILE_NOT_FOUND', 'There is no such billing profile.', ['input', 'profileId']);
        }
        if (!spendsOwn(viewer, profile.accountId)) {
          const message = 'Only people and keys of the account that owns the money say what it is kept for.';
          return new Refusal('PAYER_ONLY', message, ['input', 'profileId'], 'A38');
        }
        return await move(tx, profile, scope, input, ctx.now);
      },
    ),
  );
  if (outcome instanceof Refusal) return { profile: null, userErrors: [outcome] };
  return { profile: await ctx.loaders.profile.load(outcome.profileId), userErrors: [] };
};

/** The accounts that the money comes from and goes to; undefined: none that the viewer may change the billing of. */
type Scope = { profileId: string; from: string | null | undefined; to: string | null | undefined };

/** What the input names, as far as the viewer may change its billing. Null when the profile is not among it. */
async function provenScope(
  ctx: SubgraphContext,
  profileId: string,
  { fromAccountId, toAccountId }: PrepaidEarmarkInput,
): Promise<Scope | null> {
  const profile = await ctx.loaders.profile.load(profileId);
  if (profile === null) return null;
  const [from, to] = [fromAccountId, toAccountId].map((id) => (id == null ? null : (readId(id) ?? undefined)));
  const may = await writable(
    ctx,
    [profile.accountId, from, to].filter((id) => typeof id === 'string'),
  );
  if (!may.has(profile.accountId)) return null;
  // What was kept for an account may be freed also when that account is out of reach by now: the money is the
  // profile's.
  return { profileId, from, to: typeof to === 'string' && !may.has(to) ? undefined : to };
}

async function move(
  tx: EntityManager,
  profile: BillingProfile,
  { from, to }: Scope,
  input: PrepaidEarmarkInput,
  now: Date,
): Promise<{ profileId: string } | Refusal<PrepaidEarmarkErrorCode>> {
  if (from === undefined || to === undefined) {
    const field = from === undefined ? 'fromAccountId' : 'toAccountId';
    return new Refusal('ACCOUNT_NOT_FOUND', 'There is no such account.', ['input', field]);
  }
  if (from === to) return new Refusal('NOTHING_MOVES', 'The money is there already.', ['input', 'toAccountId']);
  const { id: profileId, accountId: payerId, currency } = profile;
  const amount = parseMoney(input.amount);
  if (amount === null || amount.currency !== currency || amount.minor < 1n) {
    return new Refusal(
      'AMOUNT_OUT_OF_BOUNDS',
      `Move an amount above zero, in ${currency}.`,
      ['input', 'amount'],
      'A65',
    );
  }
  await openMoneyWallet(tx, { profileId, payerId, currency, earmarkId: to, others: from === null ? [] : [from] });
  const earmarkIds = [from, to].filter((id) => id !== null);
  const wallets = await lockMoneyWallets(tx, { profileId, currency, earmarkIds });
  const target = wallets.find(({ earmarkId }) => earmarkId === to);
  if (target === undefined) throw new Error('The wallet that was just opened is not there.');
  const source = wallets.find(({ earmarkId }) => earmarkId === from);
  const taken = source === undefined ? null : await takeFrom(tx, [source], amount.minor, now);
  if (source === undefined || taken === null) {
    return new Refusal(
      'PREPAID_INSUFFICIENT',
      'There is less prepaid money than that to move.',
      ['input', 'amount'],
      'A65',
    );
  }
  const kind = moneyKind(currency);
  const legs = taken.flatMap(({ walletId, parts }) => legsOut(kind, walletId, parts));
  const cause = {
    profileId,
    ...(from === null ? {} : { fromAccountId: from }),
    ...(to === null ? {} : { toAccountId: to }),
  };
  await post(tx, { type: 'ALLOCATE', cause, legs: [...legs, legIn(target.id, currency, amount.minor).leg] }, now);
  return { profileId };
}
