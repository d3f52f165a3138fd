import { openDatabase } from '@comptoir/shared/database/database.ts';
import { inTransaction } from '@comptoir/shared/database/transaction.ts';
import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import { createLog } from '@comptoir/shared/process/log.ts';
import type { Services } from '@comptoir/shared/protocol/services.ts';
import type { SubgraphResponse } from '@comptoir/shared/protocol/subgraph.ts';
import { createLocalSubgraph } from '@comptoir/shared/service/localSubgraph.ts';
import type { Clock } from '@comptoir/shared/values/clock.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { testDatabase } from '@comptoir/testing/testDatabase.ts';
import { serviceViewer } from '@comptoir/testing/viewers.ts';
import pg from 'pg';
import type { EntityManager } from 'typeorm';
import type { CreditKind } from '../books/ledger/kinds.ts';
import { legsOut, post } from '../books/ledger/post.ts';
import { spender } from '../books/lots/allocate.ts';
import { legsIn } from '../books/lots/move.ts';
import { grantCredits } from '../books/wallets/grant.ts';
import { addWallet, loadLotsWithCredit, lockWallets, lockWalletsById } from '../books/wallets/walletStore.ts';
import { internalChargesApply } from '../charges/internalChargesApply.ts';
import type { BillingProfile } from '../collecting/profiles/profileTables.ts';
import type { BillingConfig, ComposedConfig } from '../config.ts';
import type { SubgraphContext } from '../context.ts';
import { entities } from '../tables.ts';
import type { ChargeAsked } from './billingFixture.ts';
import { testConfig } from './testConfig.ts';

export type ChargeResult = { eventId: string; chargeId: string | null; refusal: string | null };

/** The books with a clock that is moved by hand, and a way to work on them under the second role as operations do. */
export type BooksFixture = {
  config: ComposedConfig;
  /** Charges events by the operation itself, as it runs for trackers. */
  chargeEvents(charges: ChargeAsked[]): Promise<ChargeResult[]>;
  /** An operation through the graph; not without `graph`. */
  execute(query: string, variables: Record<string, unknown>, viewer: Viewer): Promise<SubgraphResponse>;
  /** A transaction under the second role; a refusal leaves nothing. */
  system<T>(work: (tx: EntityManager, now: Date) => Promise<T>): Promise<T>;
  /** What rounds get. */
  work: Pick<JobContext, 'system' | 'clock' | 'log'>;
  clock: Clock & { set(at: Date): void };
  /** The owner, past every policy. */
  admin: pg.Client;
  adminUrl: string;
  stop(): Promise<void>;
};

/** Where many ask at once on a busy machine, it is for no test to say how long they queue. */
const MAX_WAIT_MS = 60_000;

export async function openBooks({
  config: more,
  system: poolSize = 4,
  services = {},
  graph = true,
  onStatement,
}: {
  config?: Partial<BillingConfig>;
  system?: number;
  /** What billing may call. */
  services?: Services;
  /** Left out, the graph is there; the books alone do without it. */
  graph?: boolean;
  /** Hears every statement of the graph. */
  onStatement?: (sql: string) => void;
} = {}): Promise<BooksFixture> {
  const database = await testDatabase();
  const log = createLog('test', { level: process.env.TEST_LOG_LEVEL ?? 'fatal' });
  const config = await testConfig(more);
  let at = new Date('2026-11-22T10:00:00.000Z');
  const clock: BooksFixture['clock'] = {
    now: () => at,
    set: (next) => {
      at = next;
    },
  };
  const databaseUrls = database.urls.billing;
  const definition = graph ? (await import('../schema.ts')).billing(config) : null;
  const subgraph =
    definition &&
    (await createLocalSubgraph(definition, {
      databaseUrls,
      services,
      log,
      clock,
      poolSize: { request: 4, system: poolSize, waitMs: MAX_WAIT_MS },
      onStatement,
    }));
  const own = await openDatabase({
    url: databaseUrls.system,
    name: 'books',
    entities,
    poolSize,
    waitMs: MAX_WAIT_MS,
    log,
  });
  const admin = new pg.Client({ connectionString: database.adminUrl, options: '-c search_path=billing,access' });
  await admin.connect();
  const scope = () => ({ viewer: serviceViewer('billing'), now: clock.now() });
  return {
    config,
    async execute(query, variables, viewer) {
      if (subgraph === null) throw new Error('These books were opened without the graph.');
      return await subgraph.execute({ query, variables }, viewer);
    },
    async chargeEvents(charges) {
      const context = {
        ...scope(),
        system: (_reason: string, unit: (tx: EntityManager) => Promise<unknown>) => inTransaction(own, scope(), unit),
      };
      const input = { charges: charges.map((charge) => ({ ...charge, occurredAt: new Date(charge.occurredAt) })) };
      const operation = internalChargesApply as (
        root: object,
        args: object,
        ctx: SubgraphContext,
      ) => Promise<{ results: ChargeResult[] }>;
      return (await operation({}, { input }, context as unknown as SubgraphContext)).results;
    },
    system: (unit) => inTransaction(own, scope(), (tx) => unit(tx, clock.now())),
    work: { clock, log, system: (_requestId, unit) => inTransaction(own, scope(), unit) },
    clock,
    admin,
    adminUrl: database.adminUrl,
    async stop() {
      await subgraph?.stop();
      await own.destroy();
      await admin.end();
      await database.drop();
    },
  };
}

/** Opens an account's wallet of a kind, empty. */
export async function openWallet(
  { system }: Pick<BooksFixture, 'system'>,
  accountId: string,
  kind: CreditKind = 'TRACKER',
): Promise<string> {
  return await system(async (tx) => {
    await addWallet(tx, { id: newId(), accountId, kind });
    return (await lockWallets(tx, [accountId], kind))[0]?.id as string;
  });
}

type Given = { walletId: string; credits: bigint; expiresAt?: Date | null; reference?: string | null };

/** Books a grant; null when its reference was booked before. */
export const giveCredits = (
  { system }: Pick<BooksFixture, 'system'>,
  { walletId, credits, expiresAt = null, reference = null }: Given,
) =>
  system(async (tx, now) => {
    await lockWalletsById(tx, [walletId]);
    const [wallet] = await tx.query('select id, account_id as "accountId", kind from wallet where id = $1', [walletId]);
    return await post(tx, grantCredits(wallet, credits, { reference, expiresAt }).posting, now);
  });

/** Moves credits between wallets as an allocation does. */
export const moveCredits = (
  { system }: Pick<BooksFixture, 'system'>,
  from: string,
  to: string,
  credits: bigint,
  kind: CreditKind = 'TRACKER',
) =>
  system(async (tx, now) => {
    await lockWalletsById(tx, [from, to]);
    const lots = await loadLotsWithCredit(tx, [from]);
    const parts = spender(lots, now)(credits);
    if (parts === null) return new Refusal('INSUFFICIENT_CREDIT', 'Not enough.', null);
    const legs = [...legsOut(kind, from, parts), ...legsIn(kind, to, parts, lots)];
    return await post(tx, { type: 'ALLOCATE', cause: {}, legs }, now);
  });

/** A billing profile without a card, as prepaid money needs one. */
export async function addProfile(
  { admin, clock }: Pick<BooksFixture, 'admin' | 'clock'>,
  accountId: string,
): Promise<BillingProfile> {
  const profile = {
    id: newId(),
    accountId,
    name: 'Main',
    currency: 'EUR',
    email: 'bills@example.org',
    legalName: 'Example',
    addressLines: ['1 rue des Lilas'],
    country: 'FR',
    vatId: null,
    taxBasisPoints: 2_000,
    card: null,
    createdAt: clock.now(),
    deletedAt: null,
  };
  const { id, name, currency, email, legalName, addressLines, country, taxBasisPoints, createdAt } = profile;
  await admin.query(
    `insert into billing_profile (id, account_id, name, currency, email, legal_name, address_lines, country, tax_basis_points, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [id, accountId, name, currency, email, legalName, addressLines, country, taxBasisPoints, createdAt],
  );
  return profile;
}
