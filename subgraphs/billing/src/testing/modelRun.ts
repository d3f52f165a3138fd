import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import { expireCredits } from '../books/expiry/expireCredits.ts';
import { legsOut, post } from '../books/ledger/post.ts';
import { loadBalancesAt } from '../books/ledger/snapshots.ts';
import { partsToTakeBack } from '../books/lots/move.ts';
import { loadAllocatedLots, lockWalletsById } from '../books/wallets/walletStore.ts';
import { openMoneyWallet } from '../collecting/prepaid/moneyWallets.ts';
import { holdPrepaid, releaseHold, topUpPrepaid } from '../collecting/prepaid/prepaid.ts';
import { CREDIT_WALLETS, createModel, drawOperations, type Model, type Operation } from './bookModel.ts';
import { addProfile, type BooksFixture, giveCredits, moveCredits, openWallet } from './booksFixture.ts';
import { randomOf } from './tampering.ts';

/** Where the real books and the model first said different things. */
export type Divergence = { at: number; operation: Operation; model: string; books: string };

const SECOND = 1_000;

/**
 * Runs operations on the real books, for accounts of their own, and on the model. Compares what each says of every
 * operation, and what each holds after every `compareEvery`.
 */
export async function runModel(
  books: BooksFixture,
  operations: readonly Operation[],
  compareEvery = 1,
): Promise<Divergence | null> {
  const model = createModel();
  const real = await createReal(books);
  const past: { at: Date; balances: number[] }[] = [];
  for (const [at, operation] of operations.entries()) {
    const said = { model: model.apply(operation), books: await real.apply(operation, model) };
    if (said.model !== said.books) return { at, operation, ...said };
    await real.nameLots(model);
    if (at % compareEvery === 0 || at === operations.length - 1) {
      const held = { model: heldByModel(model), books: await real.held() };
      if (held.model !== held.books) return { at, operation, ...held };
    }
    const instant = real.instant(model);
    const balances = real.wallets.map((_id, wallet) => model.spendable(wallet));
    if (past.at(-1)?.at.getTime() === instant.getTime()) past.pop();
    past.push({ at: instant, balances });
  }
  // Any balance as of any instant: every one that the model has passed through.
  for (const { at, balances } of past.filter((_one, place) => place % 5 === 0)) {
    const found = JSON.stringify(await real.balancesAt(at));
    if (found !== JSON.stringify(balances))
      return {
        at: operations.length,
        operation: { do: 'tick', by: 0 },
        model: `${at.toISOString()} ${JSON.stringify(balances)}`,
        books: found,
      };
  }
  return null;
}

/** Leaves operations out for as long as what is left still diverges: the shortest list that was found. */
export async function shrink(books: BooksFixture, operations: readonly Operation[]): Promise<Operation[]> {
  let shortest = [...operations];
  for (let size = Math.ceil(shortest.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < shortest.length; ) {
      const tried = shortest.toSpliced(from, size);
      if (tried.length > 0 && (await runModel(books, tried)) !== null) shortest = tried;
      else from += size;
    }
  }
  return shortest;
}

/** One seed; throws with the seed and the shortest list of operations that shows the divergence. */
export async function runSeed(books: BooksFixture, seed: number, count: number, compareEvery = 1): Promise<void> {
  const operations = drawOperations(randomOf(seed), count);
  const found = await runModel(books, operations, compareEvery);
  if (found === null) return;
  const shortest = await shrink(books, operations.slice(0, found.at + 1));
  const again = await runModel(books, shortest);
  throw new Error(`Seed ${seed} diverges: ${JSON.stringify({ shortest, ...(again ?? found) }, null, 1)}`);
}

async function createReal(books: BooksFixture) {
  const base = books.clock.now().getTime();
  const accounts = Array.from({ length: CREDIT_WALLETS }, () => newId());
  const wallets = await Promise.all(accounts.map((accountId) => openWallet(books, accountId)));
  const [accountId, payerId] = [accounts[0] as string, accounts[1] as string];
  const profile = await addProfile(books, payerId);
  for (const earmarkId of [null, accountId])
    wallets.push(
      await books.system((tx) => openMoneyWallet(tx, { profileId: profile.id, payerId, currency: 'EUR', earmarkId })),
    );
  const run = newId();
  const events = new Map<number, string>();
  const holds = new Map<number, string>();
  const known = new Set<string>();
  const idOf = (wallet: number): string => wallets[wallet] as string;
  const instant = (model: Model): Date => new Date(base + model.now() * SECOND);
  const codeOf = (outcome: unknown): string => (outcome instanceof Refusal ? outcome.code : 'done');

  async function apply(operation: Operation, model: Model): Promise<string> {
    books.clock.set(instant(model));
    switch (operation.do) {
      case 'tick':
        return 'done';
      case 'grant': {
        const expiresAt =
          operation.lasts === null ? null : new Date(instant(model).getTime() + operation.lasts * SECOND);
        const reference = `${run} ${operation.reference}`;
        const booked = await giveCredits(books, {
          walletId: idOf(operation.wallet),
          credits: BigInt(operation.credits),
          expiresAt,
          reference,
        });
        return booked === null ? 'again' : 'done';
      }
      case 'purchase': {
        const [kind, amount, walletId] = ['TRACKER' as const, BigInt(operation.credits), idOf(operation.wallet)];
        const opens = {
          id: newId(),
          walletId,
          source: 'PURCHASED' as const,
          priority: operation.priority,
          expiresAt: null,
        };
        const legs = [
          { kind, amount, opens },
          { kind, amount: -amount, book: `issued:${kind}` as const },
        ];
        await books.system(async (tx, now) => {
          await lockWalletsById(tx, [walletId]);
          return await post(tx, { type: 'PURCHASE', cause: {}, legs }, now);
        });
        return 'done';
      }
      case 'charge': {
        const charges = operation.charges.map(({ wallet, credits, event }) => {
          const eventId = events.get(event) ?? newId();
          events.set(event, eventId);
          const payerId = accounts[wallet] as string;
          return {
            eventId,
            payerId,
            ownerId: payerId,
            trackerId: newId(),
            credits,
            occurredAt: instant(model).toISOString(),
          };
        });
        const results = await books.chargeEvents(charges);
        return results.map(({ refusal }) => refusal ?? 'charged').join(' ');
      }
      case 'allocate':
        return codeOf(await moveCredits(books, idOf(operation.from), idOf(operation.to), BigInt(operation.credits)));
      case 'takeBack':
        return codeOf(
          await books.system((tx, now) =>
            takeBack(tx, idOf(operation.from), idOf(operation.to), BigInt(operation.credits), now),
          ),
        );
      case 'sweep':
        await expireCredits.run(books.work as never, newId());
        return 'done';
      case 'topUp':
        await books.system((tx, now) => {
          const paymentId = newId();
          const earmarkId = operation.earmarked ? accountId : null;
          return topUpPrepaid(tx, {
            profile,
            earmarkId,
            amount: BigInt(operation.cents),
            paymentId,
            reference: paymentId,
            now,
          });
        });
        return 'done';
      case 'hold': {
        const reference = `${run} ${operation.reference}`;
        const hold = await books.system((tx, now) =>
          holdPrepaid(tx, {
            profile,
            accountId,
            amount: BigInt(operation.cents),
            reference,
            cause: { quoteId: newId() },
            now,
          }),
        );
        if (hold instanceof Refusal) return hold.code;
        holds.set(operation.reference, hold.id);
        return 'held';
      }
      case 'release': {
        const holdId = holds.get(operation.hold);
        if (holdId === undefined) return 'nothing';
        const before = await walletSum();
        await books.system((tx, now) => releaseHold(tx, holdId, now));
        return (await walletSum()) === before ? 'nothing' : 'released';
      }
    }
  }

  const walletSum = async (): Promise<string> =>
    (await books.admin.query('select sum(balance) as sum from wallet where id = any($1)', [wallets])).rows[0].sum;

  /** Tells the model the ids of lots that have come: an allocated one is known by its origin. */
  async function nameLots(model: Model): Promise<void> {
    const unnamed = model.lots().filter(({ id }) => id === null);
    if (unnamed.length === 0) return;
    const { rows } = await books.admin.query(
      'select id, wallet_id as wallet, origin_lot_id as origin from lot where wallet_id = any($1) and not id = any($2::uuid[])',
      [wallets, [...known]],
    );
    for (const lot of unnamed) {
      const found = rows.find(
        ({ id, wallet, origin }) =>
          !known.has(id) && wallet === idOf(lot.wallet) && origin === (lot.origin?.id ?? null),
      );
      if (found === undefined) continue;
      lot.id = found.id;
      known.add(found.id);
    }
  }

  async function held(): Promise<string> {
    const { rows } = await books.admin.query(
      `select l.id, l.original::integer, l.remaining::integer, l.source, l.priority, l.origin_lot_id as origin, l.wallet_id as wallet from lot l where l.wallet_id = any($1)`,
      [wallets],
    );
    const { rows: balances } = await books.admin.query(
      'select id, balance::integer as balance from wallet where id = any($1)',
      [wallets],
    );
    return written(
      rows.map((row) => ({ ...row, wallet: wallets.indexOf(row.wallet) })),
      wallets.map((id) => balances.find((row) => row.id === id)?.balance),
    );
  }

  const balancesAt = async (at: Date): Promise<number[]> => {
    const found = await books.system((tx) => loadBalancesAt(tx, wallets, at));
    return wallets.map((id) => Number(found.find(({ walletId }) => walletId === id)?.balance ?? 0));
  };
  return { apply, nameLots, held, balancesAt, instant, wallets };
}

/** As the operation does it, with the second role. */
async function takeBack(
  tx: EntityManager,
  from: string,
  to: string,
  credits: bigint,
  now: Date,
): Promise<string | Refusal | null> {
  await lockWalletsById(tx, [from, to]);
  const lots = await loadAllocatedLots(tx, { walletId: from, originWalletId: to });
  const parts = partsToTakeBack(lots, credits, now);
  if (parts === null) return new Refusal('NOT_ENOUGH_UNSPENT', 'Less than that is left.', null);
  const kind = 'TRACKER';
  const back = parts.map((part) => ({ kind, amount: part.credits, walletId: to, lotId: part.originLotId }) as const);
  return await post(tx, { type: 'TAKE_BACK', cause: {}, legs: [...legsOut(kind, from, parts), ...back] }, now);
}

type Held = {
  id: string;
  wallet: number;
  original: number;
  remaining: number;
  source: string;
  priority: number;
  origin: string | null;
};

function written(lots: Held[], balances: number[]): string {
  const lines = lots
    .map(({ id, wallet, original, remaining, source, priority, origin }) =>
      [id, wallet, original, remaining, source, priority, origin].join(' '),
    )
    .sort();
  return JSON.stringify([...lines, balances]);
}

function heldByModel(model: Model): string {
  const lots = model.lots();
  // A balance counts what has expired until it is swept.
  const balances = Array.from({ length: 5 }, (_none, wallet) =>
    lots.filter((lot) => lot.wallet === wallet).reduce((sum, { remaining }) => sum + remaining, 0),
  );
  return written(
    lots.map((lot) => ({ ...lot, id: lot.id ?? 'none', origin: lot.origin?.id ?? null })),
    balances,
  );
}
