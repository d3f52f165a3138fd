import type { Round } from '@comptoir/shared/concurrency/rounds.ts';
import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { personViewer, serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { expect } from '@jest/globals';
import type { CreditKind } from '../books/ledger/kinds.ts';
import { collectDepsOf } from '../collecting/payments/collect.ts';
import { commitAsSystem } from '../selling/quotes/commitAsSystem.ts';
import { type Answer, CHARGES_APPLY, type ChargeAsked, WALLETS_OPEN } from './billingFixture.ts';
import { type BooksFixture, openBooks } from './booksFixture.ts';

/** Accounts, packs, profiles and credits on books whose clock is moved by hand. */
export type CreditsFixture = BooksFixture & {
  openAccount(of?: { grant?: boolean }): Promise<string>;
  /** Opens the client's BILLING to the partner. */
  partner(partnerId: string, clientId: string): Promise<void>;
  /** The data of an operation; expects no error. */
  ask(query: string, variables: object, viewer: Viewer): Promise<Answer>;
  addProfile(accountId: string, of?: { token?: string | null; currency?: string }): Promise<string>;
  /** A pack of the starting catalogue: 100 TRACKER credits for 9.00 EUR, for example. */
  packOf(kind: CreditKind, credits: number): Promise<string>;
  /** Takes a pack off the market, or puts it back. */
  retire(packId: string, retired: boolean): Promise<void>;
  give(accountId: string, of: { kind?: CreditKind; credits: number; expiresAt?: Date }): Promise<string>;
  buy(
    input: { profileId: string; packId: string; quantity?: number; atMost?: string },
    reference?: string,
  ): Promise<unknown>;
  allocate(from: string, to: string, credits: number, kind?: CreditKind): Promise<unknown>;
  /** The codes of what was refused, none when it was done. */
  takeBack(from: string, to: string, credits: number, kind?: CreditKind): Promise<string[]>;
  charge(...charges: ChargeAsked[]): Promise<(string | null)[]>;
  run(round: Round): Promise<number>;
  /** What can be spent. */
  balance(accountId: string, kind?: CreditKind): Promise<number>;
  /** Expects the checks to find nothing. */
  expectSound(): Promise<void>;
  /** The mails that were asked for since the last call. */
  mails(): Promise<{ accountId: string; kind: string; params: Record<string, string> }[]>;
  forward(days: number): void;
};

const TAKE_BACK = `mutation ($input: CreditsTakeBackInput!) { creditsTakeBack(input: $input) { wallet { balance } userErrors { code } } }`;
const PROFILE = `mutation ($input: BillingProfileCreateInput!) { billingProfileCreate(input: $input) { profile { id } userErrors { code } } }`;
const CARD = `mutation ($input: BillingProfileCardSetInput!) { billingProfileCardSet(input: $input) { userErrors { code } } }`;
const GRANT = `mutation ($input: CreditsGrantInput!) { creditsGrant(input: $input) { lot { id } userErrors { code } } }`;
const RETIRE = `mutation ($input: CreditPackRetireInput!) { creditPackRetire(input: $input) { userErrors { code } } }`;
const WALLETS = `query ($ids: [_Any!]!) { _entities(representations: $ids) { ... on Account { wallets { kind balance } } } }`;
const CHECK = '{ ledgerCheck { sound problems { check detail } } }';

export async function openCredits(): Promise<CreditsFixture> {
  const books = await openBooks({ system: 8 });
  const { admin, clock, config } = books;
  const seen = new Set<string>();
  const work = { ...books.work, call: () => Promise.reject(new Error('Nobody is there.')) } as JobContext;
  const deps = () => collectDepsOf(work, newId(), config);
  const owner = (accountId: string) => personViewer({ accountId });
  const ask: CreditsFixture['ask'] = async (query, variables, viewer) => {
    const { data, errors } = await books.execute(query, variables as Record<string, unknown>, viewer);
    expect(errors).toBeUndefined();
    return data as Answer;
  };
  const commit = async (kind: 'CREDITS_BUY' | 'CREDITS_ALLOCATE', input: Record<string, unknown>, reference: string) =>
    await commitAsSystem(deps(), { kind, input, reference, now: clock.now() });

  return {
    ...books,
    ask,
    async openAccount({ grant = false } = {}) {
      const accountId = newId();
      await ask(WALLETS_OPEN, { input: { accountId, grant } }, serviceViewer('identity'));
      return accountId;
    },
    async partner(partnerId, clientId) {
      const partnershipId = newId();
      for (const verb of ['READ', 'WRITE']) {
        await admin.query(`insert into access.reach values ($1, $2, 'BILLING', $3, '[2020-01-01,)', $4)`, [
          partnerId,
          clientId,
          verb,
          partnershipId,
        ]);
      }
    },
    async addProfile(accountId, { token = 'tok_approved', currency = 'EUR' } = {}) {
      const input = {
        name: 'Main',
        currency,
        email: 'bills@example.org',
        legalName: 'Example',
        addressLines: ['1 rue des Lilas'],
        country: 'FR',
      };
      const { billingProfileCreate: made } = await ask(PROFILE, { input }, owner(accountId));
      expect(made.userErrors).toEqual([]);
      const profileId = made.profile.id;
      if (token !== null) {
        const { billingProfileCardSet: set } = await ask(CARD, { input: { profileId, token } }, owner(accountId));
        expect(set.userErrors).toEqual([]);
      }
      return profileId;
    },
    async packOf(kind, credits) {
      const { rows } = await admin.query('select id from credit_pack where kind = $1 and credits = $2', [
        kind,
        credits,
      ]);
      return rows[0].id;
    },
    async retire(packId, retired) {
      const { creditPackRetire } = await ask(RETIRE, { input: { packId, retired } }, staffViewer());
      expect(creditPackRetire.userErrors).toEqual([]);
    },
    async give(accountId, { kind = 'TRACKER', credits, expiresAt }) {
      const input = { accountId, kind, credits, expiresAt, reason: 'TEST', idempotencyKey: newId() };
      const { creditsGrant: given } = await ask(GRANT, { input }, staffViewer());
      expect(given.userErrors).toEqual([]);
      return given.lot.id;
    },
    buy: ({ quantity = 1, ...input }, reference = newId()) => commit('CREDITS_BUY', { ...input, quantity }, reference),
    allocate: (fromAccountId, toAccountId, credits, kind = 'TRACKER') =>
      commit('CREDITS_ALLOCATE', { fromAccountId, toAccountId, kind, credits }, newId()),
    async takeBack(accountId, to, credits, kind = 'TRACKER') {
      const input = { accountId, kind, credits, idempotencyKey: newId() };
      const { creditsTakeBack } = await ask(TAKE_BACK, { input }, owner(to));
      return creditsTakeBack.userErrors.map(({ code }: { code: string }) => code);
    },
    async charge(...charges) {
      const { internalChargesApply } = await ask(CHARGES_APPLY, { input: { charges } }, serviceViewer('trackers'));
      return internalChargesApply.results.map(({ refusal }: { refusal: string | null }) => refusal);
    },
    run: (round) => round.run(work, newId()),
    async balance(accountId, kind = 'TRACKER') {
      const ids = [{ __typename: 'Account', id: accountId }];
      const { _entities } = await ask(WALLETS, { ids }, owner(accountId));
      return _entities[0].wallets.find((wallet: Answer) => wallet.kind === kind)?.balance ?? 0;
    },
    async expectSound() {
      const { ledgerCheck } = await ask(CHECK, {}, staffViewer());
      expect(ledgerCheck).toEqual({ sound: true, problems: [] });
    },
    async mails() {
      const { rows } = await admin.query(
        `select id, data from billing_jobs.job where name = 'notice' order by created_on, id`,
      );
      const fresh = rows.filter(({ id }) => !seen.has(id));
      for (const { id } of fresh) seen.add(id);
      return fresh.map(({ data: { accountId, kind, params } }) => ({ accountId, kind, params }));
    },
    forward: (days) => clock.set(new Date(clock.now().getTime() + days * 86_400_000)),
  };
}

/** What `commitAsSystem` says, as a word: the code of a refusal, or the state. */
export const said = (outcome: unknown): string =>
  outcome instanceof Refusal ? outcome.code : (outcome as { state: string }).state;
