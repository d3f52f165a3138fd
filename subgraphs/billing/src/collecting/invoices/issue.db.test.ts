import { newId } from '@comptoir/shared/values/uuid.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectSound, type InvoiceFixture, line, startInvoices } from '../../testing/invoiceFixture.ts';
import { issueInvoice } from './issue.ts';

let books: InvoiceFixture;
beforeAll(async () => {
  books = await startInvoices({ graph: false, system: 12 });
});
afterAll(async () => {
  await expectSound(books);
  await books.stop();
});

const numbers = async (series: string): Promise<string[]> => {
  const { rows } = await books.admin.query('select number from invoice where series = $1 order by sequence', [series]);
  return rows.map(({ number }) => number);
};
const counted = (series: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${series}-${String(at + 1).padStart(6, '0')}`);

test('A40 numbers are gapless per year under fifty issues at once, every third of which is taken back after it had its number', async () => {
  books.clock.set(new Date('2031-03-01T10:00:00Z'));
  const profile = await books.profile();
  const issueOne = async (at: number): Promise<string | null> => {
    try {
      return await books.system(async (tx, now) => {
        const draft = { profile, accountId: profile.accountId, lines: [line(1_000n)], reference: newId(), now };
        const invoice = await issueInvoice(tx, draft);
        if (at % 3 === 0) throw new Error('Something else went wrong.');
        return invoice?.number ?? null;
      });
    } catch (error) {
      expect((error as Error).message).toBe('Something else went wrong.');
      return null;
    }
  };
  const issued = await Promise.all(Array.from({ length: 50 }, (_, at) => issueOne(at)));
  const kept = issued.filter((number) => number !== null);
  expect(kept).toHaveLength(33);
  expect(kept.toSorted()).toEqual(counted('F2031', 33));
  expect(await numbers('F2031')).toEqual(counted('F2031', 33));
});

test('A40 the year of a number is the seller’s: at midnight in Paris a new series begins', async () => {
  const profile = await books.profile();
  books.clock.set(new Date('2032-12-31T22:59:59.999Z'));
  const last = await books.invoice(profile, 100n);
  books.clock.set(new Date('2032-12-31T23:00:00.000Z'));
  const first = await books.invoice(profile, 100n);
  expect([last.number, last.issuedOn]).toEqual(['F2032-000001', '2032-12-31']);
  expect([first.number, first.issuedOn]).toEqual(['F2033-000001', '2033-01-01']);
});

test('An invoice with the same reference is issued once, also by ten at once, and takes one number', async () => {
  books.clock.set(new Date('2034-01-10T10:00:00Z'));
  const profile = await books.profile();
  const reference = newId();
  for (const lines of [[line(500n)], [line(500n), line(-500n)]]) {
    const draft = { profile, accountId: profile.accountId, lines, reference: `${reference}:${lines.length}` };
    const issue = () => books.system((tx, now) => issueInvoice(tx, { ...draft, now }));
    const issued = await Promise.all(Array.from({ length: 10 }, issue));
    expect(issued.filter((invoice) => invoice !== null)).toHaveLength(1);
  }
  expect(await numbers('F2034')).toEqual(counted('F2034', 2));
});

test('A40 an invoice is booked as what is owed against revenue and tax; what comes to nothing is paid and books nothing', async () => {
  const profile = await books.profile({ taxBasisPoints: 550 });
  const invoice = await books.invoice(profile, 1_990n, { lines: [line(2_190n), line(-200n, { kind: 'DISCOUNT' })] });
  expect(invoice).toMatchObject({ net: 1_990n, tax: 109n, gross: 2_099n, taxBasisPoints: 550 });
  const { rows } = await books.admin.query(
    'select book, amount::integer from ledger_entry where transaction_id = $1 order by book',
    [invoice.transactionId],
  );
  expect(rows).toEqual([
    { book: 'receivable:MONEY:EUR', amount: -2_099 },
    { book: 'revenue:MONEY:EUR', amount: 1_990 },
    { book: 'tax:MONEY:EUR', amount: 109 },
  ]);
  const free = await books.invoice(profile, 0n);
  expect(free).toMatchObject({ gross: 0n, transactionId: null });
  const { rows: states } = await books.admin.query('select paid_at from invoice_state where invoice_id = $1', [
    free.id,
  ]);
  expect(states[0].paid_at).toEqual(books.clock.now());
  await expect(books.invoice(profile, -1n)).rejects.toThrow('credit note');
});

test('P what an invoice says stays as it was when profile and seller change', async () => {
  const profile = await books.profile();
  const invoice = await books.invoice(profile, 100n);
  await books.admin.query(`update billing_profile set legal_name = 'Another' where id = $1`, [profile.id]);
  await books.admin.query(`update seller set legal_name = 'Other seller'`);
  const { rows } = await books.admin.query('select seller, buyer from invoice where id = $1', [invoice.id]);
  const facts = { addressLines: [], country: 'FR', vatId: null, note: '', timeZone: 'Europe/Paris' };
  expect(rows[0].seller).toEqual({ legalName: 'Comptoir', ...facts });
  expect(rows[0].buyer.legalName).toBe('Ada SARL');
  await books.admin.query(`update seller set legal_name = 'Comptoir'`);
});

const ROLES = ['comptoir_billing', 'comptoir_billing_system'];
const TABLES = { invoice: 'net', invoice_line: 'amount', invoice_payment: 'amount' };

test.each(ROLES.flatMap((role) => Object.entries(TABLES).map(([table, column]) => [role, table, column] as const)))(
  'P %s can neither change nor delete %s',
  async (role, table, column) => {
    for (const statement of [
      `update ${table} set ${column} = ${column}`,
      `delete from ${table}`,
      `truncate ${table}`,
    ]) {
      await books.admin.query('begin');
      await books.admin.query(`set local role ${role}`);
      await expect(books.admin.query(statement)).rejects.toThrow('permission denied');
      await books.admin.query('rollback');
    }
  },
);
