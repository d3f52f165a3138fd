import type { JobContext } from '@comptoir/shared/jobs/jobs.ts';
import type { Services } from '@comptoir/shared/protocol/services.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { type SubgraphFixture, startSubgraph } from '@comptoir/testing/subgraphFixture.ts';
import { personViewer, serviceViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { expect } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { findProblems, readChecks } from '../books/ledger/ledgerCheck.ts';
import type { Invoice } from '../collecting/invoices/invoiceTables.ts';
import type { BillingConfig } from '../config.ts';
import { billing } from '../schema.ts';
import { testConfig } from './testConfig.ts';

type Answer = any;

export type CommissionFixture = SubgraphFixture & {
  /** The clock of the installation: set it to go on in time. */
  time: { now: Date };
  /** Work without a request, under billing's second role, as rounds have it. */
  work: JobContext;
  /** A transaction under the second role. */
  system<T>(work: (tx: EntityManager) => Promise<T>): Promise<T>;
  /** What identity was told to send. */
  notices: { accountId: string; kind: string; params: { name: string; value: string }[] }[];
  /** An account that accounts knows, of that kind. */
  account(kind?: 'PARTNER' | 'CLIENT', cancelled?: boolean): string;
  /** Sends a mutation or query and gives its one field; expects no errors. */
  ask(query: string, variables: object, viewer: Parameters<SubgraphFixture['execute']>[2]): Promise<Answer>;
  /** A partner with a link, and its code. */
  partner(): Promise<{ partnerId: string; code: string }>;
  /** A client that signed up through that link. */
  broughtBy(code: string): Promise<string>;
  /** An invoice as it would be issued now to a client that pays itself. */
  invoice(payerId: string, net: bigint, currency?: string): Invoice;
  creditNote(
    payerId: string,
    net: bigint,
    correctsId: string | null,
    currency?: string,
  ): Invoice & { correctsId: string | null };
  problems(): Promise<string[]>;
};

const RENEW = 'mutation { referralCodeRenew { referral { code url } userErrors { code rule } } }';
const ATTRIBUTE =
  'mutation ($input: InternalReferralAttributeInput!) { internalReferralAttribute(input: $input) { accountId } }';

/**
 * Billing with a clock of its own, and stand-ins for accounts, which says who is a partner, and identity, which sends.
 */
export async function startCommissions(config: Partial<BillingConfig> = {}): Promise<CommissionFixture> {
  const kinds = new Map<string, { kind: string; cancelled: boolean }>();
  const notices: CommissionFixture['notices'] = [];
  const services: Services = {
    accounts: {
      name: 'accounts',
      async execute({ variables }) {
        const ids = (variables as { ids: string[] }).ids.filter((id) => kinds.has(id));
        return {
          data: { internalAccountFacts: ids.map((id) => ({ id, name: 'N', timeZone: 'UTC', ...kinds.get(id) })) },
        };
      },
    },
    identity: {
      name: 'identity',
      async execute({ variables }) {
        notices.push((variables as Answer).input);
        return { data: { internalNoticeSend: { noticeId: newId() } } };
      },
    },
  };
  const time = { now: new Date('2026-11-22T10:00:00.000Z') };
  let work: JobContext | null = null;
  const definition = {
    ...billing(await testConfig(config)),
    background(given: JobContext) {
      work = given;
      return { async stop() {} };
    },
  };
  const fixture = await startSubgraph(definition, { services, clock: { now: () => time.now } });
  await fixture.subgraph.startJobs();
  if (work === null) throw new Error('Background work did not start.');
  const given: JobContext = work;

  const ask: CommissionFixture['ask'] = async (query, variables, viewer) => {
    const { data, errors } = await fixture.execute(query, { ...variables }, viewer);
    expect(errors).toBeUndefined();
    return Object.values(data as Answer)[0];
  };
  const account: CommissionFixture['account'] = (kind = 'CLIENT', cancelled = false) => {
    const id = newId();
    kinds.set(id, { kind, cancelled });
    return id;
  };
  const invoice: CommissionFixture['invoice'] = (payerId, net, currency = 'EUR') => ({
    id: newId(),
    kind: 'INVOICE',
    number: `F${newId()}`,
    payerId,
    profileId: newId(),
    accountId: payerId,
    currency,
    issuedAt: time.now,
    net,
    tax: net / 5n,
    gross: net + net / 5n,
  });
  return {
    ...fixture,
    time,
    work: given,
    system: (doing) => given.system(newId(), doing),
    notices,
    account,
    ask,
    async partner() {
      const partnerId = account('PARTNER');
      const { referral } = await ask(RENEW, {}, personViewer({ accountId: partnerId }));
      return { partnerId, code: referral.code };
    },
    async broughtBy(code) {
      const accountId = account();
      await ask(ATTRIBUTE, { input: { accountId, code } }, serviceViewer('identity'));
      return accountId;
    },
    invoice,
    creditNote: (payerId, net, correctsId, currency) => ({
      ...invoice(payerId, net, currency),
      kind: 'CREDIT_NOTE',
      correctsId,
    }),
    problems: async () =>
      (await given.system(newId(), (tx) => findProblems(tx, readChecks()))).map(({ detail }) => detail),
  };
}

export const staff = staffViewer();
