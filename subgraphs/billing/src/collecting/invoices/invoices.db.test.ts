import type { Services } from '@comptoir/shared/protocol/services.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { anonymous, personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { extractText, getDocumentProxy } from 'unpdf';
import { expectSound, type InvoiceFixture, line, startInvoices } from '../../testing/invoiceFixture.ts';
import type { BillingProfile } from '../profiles/profileTables.ts';
import { issueCreditNote } from './creditNote.ts';
import type { InvoiceRow } from './invoiceTables.ts';
import { payByCard } from './pay.ts';

/** Stands in for accounts, which knows the names. */
const names = new Map<string, string>();
const services: Services = {
  accounts: {
    name: 'accounts',
    async execute({ variables }) {
      const { text } = variables as { text: string };
      const named = [...names].filter(([, name]) => name.includes(text)).map(([id]) => id);
      return { data: { internalAccountsByName: named } };
    },
  },
};

let books: InvoiceFixture;
let partner: string;
let profile: BillingProfile;
const [rossi, bianchi] = [newId(), newId()];
const issued: InvoiceRow[] = [];

beforeAll(async () => {
  books = await startInvoices({ services });
  partner = newId();
  profile = await books.profile({ accountId: partner });
  names.set(rossi, 'Café Rossi').set(bianchi, 'Bar Bianchi');
  for (const accountId of [rossi, bianchi, partner, rossi]) {
    books.clock.set(new Date(books.clock.now().getTime() + 86_400_000));
    const lines = Array.from({ length: 3 }, (_, at) => line(1_000n, { description: `Item ${at + 1}` }));
    issued.push(await books.invoice(profile, 0n, { accountId, lines }));
  }
  const [first] = issued as [InvoiceRow];
  const payment = await books.approved(profile, first.gross, first.id);
  await books.system((tx, now) => payByCard(tx, first.id, payment, now));
});
afterAll(async () => {
  await expectSound(books);
  await books.stop();
});

const FIELDS = `id kind number issuedOn account { id } payer { id } profile { name } currency state
  net { amount currency } tax { amount } gross { amount } paid { amount } outstanding { amount } paidAt
  taxLines { basisPoints net { amount } tax { amount } } paidWith { source amount { amount } }
  seller { legalName country } buyer { legalName vatId } creditNotes { nodes { number } } corrects { id }
  lines(first: 2) { nodes { position description amount { amount currency } } pageInfo { hasNextPage endCursor } }`;
const LIST = `query ($r: [_Any!]!, $first: Int, $after: String, $filter: InvoiceFilter) { _entities(representations: $r) { ... on Account {
  invoices(first: $first, after: $after, filter: $filter) { nodes { ${FIELDS} } pageInfo { hasNextPage endCursor } } } } }`;

async function list(variables: object, viewer: Viewer = personViewer({ accountId: partner }), of = partner) {
  const asked = { r: [{ __typename: 'Account', id: of }], first: 20, ...variables };
  const { data, errors } = await books.execute(LIST, asked, viewer);
  return { invoices: (data as any)?._entities?.[0]?.invoices, code: errors?.[0]?.extensions.code };
}
const numbersOf = async (filter: object): Promise<string[]> =>
  (await list({ filter })).invoices.nodes.map(({ number }: { number: string }) => number);
const number = (at: number): string | undefined => issued[at]?.number;

test('A40 who pays sees all its invoices, newest first, page by page', async () => {
  const all = await list({});
  expect(all.invoices.nodes.map(({ number }: { number: string }) => number)).toEqual([3, 2, 1, 0].map(number));
  const page = await list({ first: 3 });
  expect(page.invoices.pageInfo.hasNextPage).toBe(true);
  const rest = await list({ first: 3, after: page.invoices.pageInfo.endCursor });
  expect(rest.invoices.nodes.map(({ number }: { number: string }) => number)).toEqual([number(0)]);
  expect(rest.invoices.nodes[0]).toMatchObject({
    kind: 'INVOICE',
    account: { id: rossi },
    payer: { id: partner },
    profile: { name: 'Main' },
    state: 'PAID',
    net: { amount: '30.00', currency: 'EUR' },
    gross: { amount: '36.00' },
    outstanding: { amount: '0.00' },
    taxLines: [{ basisPoints: 2_000, net: { amount: '30.00' }, tax: { amount: '6.00' } }],
    paidWith: [{ source: 'CARD', amount: { amount: '36.00' } }],
    seller: { legalName: 'Comptoir', country: 'FR' },
    buyer: { legalName: 'Ada SARL', vatId: 'FR12345678901' },
    lines: { nodes: [{ position: 1, description: 'Item 1' }, { position: 2 }], pageInfo: { hasNextPage: true } },
  });
});

test('A40 by account, by account name, by what is paid, by kind, by number and by day', async () => {
  expect(await numbersOf({ accountId: rossi })).toEqual([3, 0].map(number));
  expect(await numbersOf({ accountId: 'nonsense' })).toEqual([]);
  expect(await numbersOf({ accountName: 'Rossi' })).toEqual([3, 0].map(number));
  expect(await numbersOf({ accountName: 'B' })).toEqual([1].map(number));
  expect(await numbersOf({ accountName: 'Rossi', accountId: bianchi })).toEqual([]);
  expect(await numbersOf({ paid: true })).toEqual([0].map(number));
  expect(await numbersOf({ paid: false, accountId: rossi })).toEqual([3].map(number));
  expect(await numbersOf({ kind: 'CREDIT_NOTE' })).toEqual([]);
  expect(await numbersOf({ from: issued[1]?.issuedOn, to: issued[2]?.issuedOn })).toEqual([2, 1].map(number));
  expect(await numbersOf({ number: issued[1]?.number })).toEqual([1].map(number));
  expect(await numbersOf({ number: 'F2026' })).toEqual([]);
  expect((await list({ filter: { number: 'F\u0000' } })).code).toBe('BAD_USER_INPUT');
  expect((await list({ filter: { accountName: ' ' } })).code).toBe('BAD_USER_INPUT');
  expect((await list({ filter: { from: '0000-01-01' } })).code).toBe('BAD_USER_INPUT');
  expect((await list({ filter: { accountName: 'a\0b' } })).code).toBe('BAD_USER_INPUT');
});

const ONE = 'query ($id: ID!) { invoice(id: $id) { number } }';
const one = async (viewer: Viewer): Promise<unknown> => {
  const { data, errors } = await books.execute(ONE, { id: issued[0]?.id }, viewer);
  return errors?.[0]?.extensions.code ?? (data as any).invoice?.number ?? null;
};

test('A41 the client whom it is about sees nothing of what its partner pays; the partner sees it, and staff', async () => {
  expect(await one(personViewer({ accountId: partner }))).toBe(number(0));
  expect(await one(personViewer({ accountId: rossi }))).toBeNull();
  expect((await list({}, personViewer({ accountId: rossi }), rossi)).invoices.nodes).toEqual([]);
  expect((await list({}, personViewer({ accountId: rossi }), partner)).invoices.nodes).toEqual([]);
  expect(await one(staffViewer())).toBe(number(0));
  expect(await one(personViewer({ accountId: partner, areas: { TRACKERS: 'WRITE' } }))).toBe('FORBIDDEN');
  expect(await one(anonymous())).toBe('UNAUTHENTICATED');
});

test('A76 A77 F11 a client that pays itself sees its invoice, as does the partner that it lets into its billing, and no other', async () => {
  const client = newId();
  const own = await books.profile({ accountId: client });
  const invoice = await books.invoice(own, 100n);
  await books.admin.query(`insert into access.reach values ($1, $2, 'BILLING', 'READ', tstzrange($3, null), $4)`, [
    partner,
    client,
    new Date(books.clock.now().getTime() - 1_000),
    newId(),
  ]);
  const bySelf = await list({}, personViewer({ accountId: client }), client);
  expect(bySelf.invoices.nodes.map(({ id }: { id: string }) => id)).toEqual([invoice.id]);
  const seen = await list({}, personViewer({ accountId: partner }), client);
  expect(seen.invoices.nodes.map(({ id }: { id: string }) => id)).toEqual([invoice.id]);
  expect((await list({}, personViewer({ accountId: newId() }), client)).invoices.nodes).toEqual([]);
});

test('The lines of an invoice are paged, and a cursor of another list is refused', async () => {
  const lines =
    'query ($id: ID!, $after: String) { invoice(id: $id) { lines(first: 2, after: $after) { nodes { position } pageInfo { endCursor } } } }';
  const ask = (after: string | null) =>
    books.execute(lines, { id: issued[0]?.id, after }, personViewer({ accountId: partner }));
  const first = (await ask(null)).data as any;
  const rest = (await ask(first.invoice.lines.pageInfo.endCursor)).data as any;
  expect(rest.invoice.lines.nodes).toEqual([{ position: 3 }]);
  const foreign = Buffer.from(JSON.stringify(['1; drop table'])).toString('base64url');
  expect((await ask(foreign)).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
});

const PDF = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Invoice { pdf(language: FR) { name mediaType base64 } } } }`;

test('A40 an invoice as PDF, with the name of the account that it is about, which the gateway brings along; five in one request', async () => {
  const representation = { __typename: 'Invoice', id: issued[0]?.id, account: { name: 'Café Rossi' } };
  const ask = (count: number) =>
    books.execute(PDF, { r: Array(count).fill(representation) }, personViewer({ accountId: partner }));
  const { pdf } = ((await ask(1)).data as any)._entities[0];
  expect(pdf).toMatchObject({ name: `${number(0)}.pdf`, mediaType: 'application/pdf' });
  const file = new Uint8Array(Buffer.from(pdf.base64, 'base64'));
  const { text } = await extractText(await getDocumentProxy(file), { mergePages: true });
  for (const part of ['Facture', number(0), 'Café Rossi', 'Item 3', 'Payé par carte']) expect(text).toContain(part);
  const { data, errors } = await ask(6);
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  expect((data as any)._entities.filter((entity: unknown) => entity !== null)).toHaveLength(5);
});

const CREDIT = `mutation ($input: InvoiceCreditInput!) { invoiceCredit(input: $input) {
  creditNote { number gross { amount } state corrects { id } lines { nodes { description amount { amount } } } } userErrors { code field } } }`;

async function credit(input: object, viewer: Viewer = staff): Promise<any> {
  const full = { invoiceId: issued[0]?.id, description: 'Goodwill', idempotencyKey: newId(), ...input };
  const { data, errors } = await books.execute(CREDIT, { input: full }, viewer);
  return errors === undefined ? (data as any).invoiceCredit : errors[0]?.extensions.code;
}
const staff = staffViewer();

test('P staff take back a part of an invoice, once per key, and then what is left of it', async () => {
  const part = { net: { amount: '10.00', currency: 'EUR' }, idempotencyKey: newId() };
  const first = await credit(part);
  expect(first).toMatchObject({
    userErrors: [],
    creditNote: {
      gross: { amount: '12.00' },
      state: null,
      corrects: { id: issued[0]?.id },
      lines: { nodes: [{ description: 'Goodwill', amount: { amount: '10.00' } }] },
    },
  });
  expect(await credit(part)).toEqual(first);
  expect((await credit({ ...part, description: 'Another' })).userErrors[0].code).toBe('IDEMPOTENCY_KEY_REUSED');
  expect(await books.prepaidOf(profile)).toEqual({ [rossi]: 1_200 });

  expect((await credit({ net: { amount: '20.01', currency: 'EUR' } })).userErrors[0].code).toBe('AMOUNT_OUT_OF_BOUNDS');
  expect((await credit({ net: { amount: '1.00', currency: 'USD' } })).userErrors[0].code).toBe('AMOUNT_OUT_OF_BOUNDS');
  expect((await credit({})).creditNote.gross.amount).toBe('24.00');
  expect((await credit({})).userErrors[0].code).toBe('AMOUNT_OUT_OF_BOUNDS');
  expect(await books.prepaidOf(profile)).toEqual({ [rossi]: 3_600 });
  const { nodes } = (await list({ filter: { accountId: rossi, paid: true } })).invoices;
  expect(nodes[0].creditNotes.nodes).toHaveLength(2);
});

test('P who may not take back an invoice, and what cannot be taken back', async () => {
  expect(await credit({}, personViewer({ accountId: partner }))).toBe('FORBIDDEN');
  expect((await credit({ invoiceId: newId() })).userErrors[0].code).toBe('INVOICE_NOT_FOUND');
  expect((await credit({ description: '\u0007' })).userErrors[0].code).toBe('TEXT_NOT_READABLE');
  expect((await credit({ idempotencyKey: '' })).userErrors[0].code).toBe('IDEMPOTENCY_KEY_NOT_READABLE');
});

test('Staff say who sells: from then on it stands on invoices, with its day', async () => {
  const update =
    'mutation ($input: SellerUpdateInput!) { sellerUpdate(input: $input) { seller { legalName } userErrors { code field } } }';
  const seller = {
    legalName: 'Comptoir KK',
    addressLines: ['1 Chome'],
    country: 'JP',
    note: '',
    timeZone: 'Asia/Tokyo',
  };
  const ask = async (input: object, viewer: Viewer = staff): Promise<any> => {
    const { data, errors } = await books.execute(update, { input: { ...seller, ...input } }, viewer);
    return errors?.[0]?.extensions.code ?? (data as any).sellerUpdate;
  };
  expect(await ask({}, personViewer({ accountId: partner }))).toBe('FORBIDDEN');
  expect((await ask({ legalName: ' ' })).userErrors[0].code).toBe('TEXT_NOT_READABLE');
  expect((await ask({ addressLines: ['a\nb'] })).userErrors[0].field).toEqual(['input', 'addressLines']);
  expect((await ask({ country: 'XX' })).userErrors[0].code).toBe('COUNTRY_UNKNOWN');
  expect((await ask({ timeZone: 'Mars/Base' })).userErrors[0].code).toBe('TIME_ZONE_UNKNOWN');
  expect(await ask({})).toEqual({ seller: { legalName: 'Comptoir KK' }, userErrors: [] });
  books.clock.set(new Date('2036-06-30T15:30:00Z'));
  expect(await books.invoice(profile, 100n)).toMatchObject({ issuedOn: '2036-07-01', seller: { country: 'JP' } });
});

test('A40 what each account cost in a month, less what was taken back, by account and currency, page by page; for who pays alone', async () => {
  const payerId = newId();
  const own = await books.profile({ accountId: payerId });
  const TOTALS = `query ($r: [_Any!]!, $first: Int, $after: String, $from: LocalDate, $to: LocalDate) { _entities(representations: $r) { ... on Account {
    invoiceTotals(first: $first, after: $after, from: $from, to: $to) { nodes { account { id } currency invoices creditNotes net { amount } tax { amount }
      gross { amount } outstanding { amount } } pageInfo { hasNextPage endCursor } } } } }`;
  const totals = async (variables: object, viewer: Viewer = personViewer({ accountId: payerId })): Promise<any> => {
    const r = [{ __typename: 'Account', id: payerId }];
    const { data, errors } = await books.execute(TOTALS, { r, ...variables }, viewer);
    expect(errors).toBeUndefined();
    return (data as any)._entities[0].invoiceTotals;
  };
  const bills: InvoiceRow[] = [];
  for (const accountId of [rossi, bianchi, payerId, rossi]) {
    books.clock.set(new Date(books.clock.now().getTime() + 86_400_000));
    bills.push(await books.invoice(own, 3_000n, { accountId }));
  }
  const credited = await books.system((tx, now) =>
    issueCreditNote(tx, {
      profile: own,
      accountId: rossi,
      lines: [line(-500n, { kind: 'UNUSED' })],
      reference: newId(),
      corrects: bills[3]?.id ?? null,
      to: 'PREPAID',
      earmarkId: null,
      now,
    }),
  );
  expect(credited).not.toBeNull();
  const all = await totals({});
  const of = (accountId: string) =>
    all.nodes.find(({ account }: { account: { id: string } }) => account.id === accountId);
  expect(all.nodes).toHaveLength(3);
  expect(of(rossi)).toMatchObject({
    currency: 'EUR',
    invoices: 2,
    creditNotes: 1,
    net: { amount: '55.00' },
    tax: { amount: '11.00' },
    gross: { amount: '66.00' },
    outstanding: { amount: '66.00' },
  });
  expect(of(bianchi)).toMatchObject({
    invoices: 1,
    creditNotes: 0,
    gross: { amount: '36.00' },
    outstanding: { amount: '36.00' },
  });
  const day = bills[1]?.issuedOn;
  expect((await totals({ from: day, to: day })).nodes).toEqual([of(bianchi)]);
  const page = await totals({ first: 2 });
  const rest = await totals({ first: 2, after: page.pageInfo.endCursor });
  expect([...page.nodes, ...rest.nodes]).toEqual(all.nodes);
  expect([page.pageInfo.hasNextPage, rest.pageInfo.hasNextPage]).toEqual([true, false]);
  expect((await totals({}, personViewer({ accountId: rossi }))).nodes).toEqual([]);
});
