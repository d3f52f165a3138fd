import { newId } from '@comptoir/shared/values/uuid.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CommissionFixture, startCommissions } from '../testing/commissionFixture.ts';
import { closingMonths } from './closeMonths.ts';
import { earnCommission } from './earn.ts';
import { reverseCommission } from './reverse.ts';

let billing: CommissionFixture;
beforeAll(async () => {
  billing = await startCommissions();
});
afterAll(() => billing.stop());

type Step =
  | { do: 'PAY'; client: number; net: bigint; currency: string }
  | { do: 'CREDIT'; client: number; net: bigint; currency: string; which: number | null }
  | { do: 'AGAIN'; which: number }
  | { do: 'WAIT'; days: number };

const client = fc.nat({ max: 2 });
const net = fc.bigInt(1n, 50_000n);
const currency = fc.constantFrom('EUR', 'JPY');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('PAY' as const), client, net, currency }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('CREDIT' as const),
      client,
      net,
      currency,
      which: fc.option(fc.nat({ max: 30 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('AGAIN' as const), which: fc.nat({ max: 30 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('WAIT' as const), days: fc.integer({ min: 1, max: 40 }) }) },
);

/** What the ledger alone says of a partner: per currency and month. */
const LEDGER = `
  select e.kind, t.cause ->> 'month' as month,
         (coalesce(sum(e.amount) filter (where t.type = 'COMMISSION'), 0))::text as earned,
         (coalesce(-sum(e.amount) filter (where t.type = 'COMMISSION_REVERSAL'), 0))::text as reversed
  from ledger_transaction t join ledger_entry e on e.transaction_id = t.id and starts_with(e.book, 'commission-owed:')
  where t.cause ->> 'partnerId' = $1
  group by 1, 2 order by 1, 2`;
const STATEMENTS = `
  select 'MONEY:' || currency as kind, month, earned::text, reversed::text from commission_statement
  where partner_id = $1 and (earned > 0 or reversed > 0) order by 1, 2`;

test('A75 whatever is paid, credited and said twice over the months: the statements are what the ledger says, and nothing is taken back that was not earned', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const { partnerId, code } = await billing.partner();
      const clients = [await billing.broughtBy(code), await billing.broughtBy(code), await billing.broughtBy(code)];
      const invoices: ReturnType<CommissionFixture['invoice']>[] = [];
      const round = closingMonths();
      for (const one of steps) {
        const now = billing.time.now;
        if (one.do === 'WAIT') {
          billing.time.now = new Date(now.getTime() + one.days * 86_400_000);
          await round.run(billing.work, newId());
        } else if (one.do === 'PAY') {
          const invoice = billing.invoice(clients[one.client] as string, one.net, one.currency);
          invoices.push(invoice);
          await billing.system((tx) => earnCommission(tx, { invoice, now }));
        } else if (one.do === 'AGAIN') {
          const invoice = invoices[one.which];
          if (invoice !== undefined) await billing.system((tx) => earnCommission(tx, { invoice, now }));
        } else {
          const corrected = one.which === null ? undefined : invoices[one.which];
          const payer = corrected?.payerId ?? (clients[one.client] as string);
          const creditNote = billing.creditNote(
            payer,
            one.net,
            corrected?.id ?? null,
            corrected?.currency ?? one.currency,
          );
          const corrects = creditNote.correctsId;
          await billing.system((tx) => reverseCommission(tx, { creditNote, corrects, now }));
          await billing.system((tx) => reverseCommission(tx, { creditNote, corrects, now }));
        }
      }
      billing.time.now = new Date(billing.time.now.getTime() + 40 * 86_400_000);
      await closingMonths().run(billing.work, newId());
      const ledger = (await billing.admin.query(LEDGER, [partnerId])).rows;
      expect((await billing.admin.query(STATEMENTS, [partnerId])).rows).toEqual(ledger);
      for (const kind of new Set(ledger.map((row) => row.kind))) {
        const left = ledger
          .filter((row) => row.kind === kind)
          .reduce((sum, row) => sum + BigInt(row.earned) - BigInt(row.reversed), 0n);
        expect(left >= 0n).toBe(true);
      }
    }),
    { numRuns: 40, endOnFailure: true },
  );
  expect(await billing.problems()).toEqual([]);
});
