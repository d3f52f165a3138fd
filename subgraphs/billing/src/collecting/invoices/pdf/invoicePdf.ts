import { dayOf } from '../../../pricing/prices/periods.ts';
import { spanText } from '../../../pricing/prices/spanText.ts';
import type { TaxLine } from '../creditNoteParts.ts';
import type { InvoiceLineRow, InvoicePaymentRow, InvoiceRow, Party } from '../invoiceTables.ts';
import { closeDocument, type Doc, heightOf, openDocument, PAGE, rule, type TextStyle, write } from './page.ts';
import { type Language, readableDay, readableMoney, readablePeriod, readableRate, WORDS, type Words } from './words.ts';

/** All that stands on a printed invoice. */
export type PrintedInvoice = {
  invoice: InvoiceRow;
  lines: readonly InvoiceLineRow[];
  paidWith: readonly InvoicePaymentRow[];
  /** One per tax rate. */
  taxLines: readonly TaxLine[];
  /** Numbers of the invoices that a credit note corrects. */
  corrects: readonly string[];
  /** Name of the account that it is about, where that is another one than the payer. */
  accountName: string | null;
};

/** An invoice or credit note as PDF. The same content in the same language gives the same bytes. */
export async function invoicePdf(printed: PrintedInvoice, language: Language): Promise<Buffer> {
  const words = WORDS[language];
  const { invoice } = printed;
  const title = `${words[invoice.kind]} ${invoice.number}`;
  const doc = openDocument(title, invoice.seller.legalName, invoice.issuedAt);
  const top = drawHead(doc, printed, words);
  const below = drawLines(doc, printed, words, top);
  drawTotals(doc, printed, words, below);
  drawFooters(doc, `${invoice.seller.legalName} · ${title}`, invoice.seller.note, words);
  return await closeDocument(doc);
}

const HALF = PAGE.width / 2 - 15;

function drawHead(doc: Doc, { invoice, corrects, accountName }: PrintedInvoice, words: Words): number {
  let y = PAGE.top;
  y += write(doc, words[invoice.kind], { x: PAGE.left, y, width: PAGE.width }, { font: 'bold', size: 20 }) + 8;
  const facts: [string, string | null][] = [
    [words.number, invoice.number],
    [words.date, readableDay(invoice.issuedOn, words)],
    [words.corrects, corrects.length === 0 ? null : corrects.join(', ')],
    [words.account, accountName],
  ];
  for (const [label, value] of facts) {
    if (value === null) continue;
    write(doc, label, { x: PAGE.left, y, width: 120 }, { color: '#666666' });
    y += write(doc, value, { x: PAGE.left + 125, y, width: PAGE.width - 125 }, { font: 'bold' }) + 2;
  }
  y += 16;
  const right = PAGE.left + PAGE.width / 2 + 15;
  const sellerEnd = drawParty(doc, words.seller, invoice.seller, words, PAGE.left, y);
  const buyerEnd = drawParty(doc, words.buyer, invoice.buyer, words, right, y);
  return Math.max(sellerEnd, buyerEnd) + 24;
}

function drawParty(doc: Doc, label: string, party: Party, words: Words, x: number, top: number): number {
  const country = new Intl.DisplayNames(words.locale, { type: 'region' }).of(party.country) ?? party.country;
  const vatId = party.vatId === null ? [] : [`${words.vatId}: ${party.vatId}`];
  let y = top + write(doc, label, { x, y: top, width: HALF }, { color: '#666666', size: 8 }) + 3;
  y += write(doc, party.legalName, { x, y, width: HALF }, { font: 'bold', size: 10 }) + 2;
  for (const line of [...party.addressLines, country, ...vatId]) y += write(doc, line, { x, y, width: HALF }) + 1;
  return y;
}

const COLUMNS = {
  description: { x: PAGE.left, width: 220 },
  // A year on one line.
  period: { x: PAGE.left + 226, width: 132 },
  quantity: { x: PAGE.left + 360, width: 35 },
  amount: { x: PAGE.left + 400, width: 95.28 },
};

function drawLines(doc: Doc, { invoice, lines }: PrintedInvoice, words: Words, top: number): number {
  let y = drawColumnHeads(doc, words, top);
  for (const line of lines) {
    const period = line.from === null || line.to === null ? '' : readablePeriod(line.from, line.to, words);
    const description = descriptionOf(line, words);
    const height = Math.max(
      heightOf(doc, description, COLUMNS.description.width),
      heightOf(doc, period, COLUMNS.period.width, { size: 8 }),
    );
    if (y + height > PAGE.bottom) y = drawColumnHeads(doc, words, nextPage(doc));
    write(doc, description, { ...COLUMNS.description, y });
    write(doc, period, { ...COLUMNS.period, y }, { size: 8, color: '#444444' });
    write(
      doc,
      new Intl.NumberFormat(words.locale).format(line.quantity),
      { ...COLUMNS.quantity, y },
      { align: 'right' },
    );
    const amount = readableMoney({ minor: line.amount, currency: invoice.currency }, words);
    write(doc, amount, { ...COLUMNS.amount, y }, { align: 'right' });
    y += height + 5;
  }
  return y;
}

/** What a line says, without what stands beside it: its period, and in another language that it is an unused part. */
function descriptionOf(
  { kind, description, from, to }: PrintedInvoice['lines'][number],
  { kinds }: Pick<Words, 'kinds'>,
): string {
  const span = from === null || to === null ? '' : `, ${spanText(from, to)}`;
  const said = description.endsWith(span) ? description.slice(0, description.length - span.length) : description;
  return kinds === null ? said : `${kinds[kind]} : ${said.replace(/^Unused: /, '')}`;
}

function drawColumnHeads(doc: Doc, words: Words, y: number): number {
  const style: TextStyle = { size: 8, color: '#666666' };
  write(doc, words.description, { ...COLUMNS.description, y }, style);
  write(doc, words.period, { ...COLUMNS.period, y }, style);
  write(doc, words.quantity, { ...COLUMNS.quantity, y }, { ...style, align: 'right' });
  const height = write(doc, words.amount, { ...COLUMNS.amount, y }, { ...style, align: 'right' });
  rule(doc, y + height + 3);
  return y + height + 9;
}

function drawTotals(doc: Doc, { invoice, paidWith, taxLines }: PrintedInvoice, words: Words, top: number): void {
  const { currency, net, gross, kind } = invoice;
  const credited = kind === 'CREDIT_NOTE';
  const rows: [string, bigint, TextStyle][] = [
    [words.net, net, {}],
    ...taxLines.map((line): [string, bigint, TextStyle] => {
      const label = words.tax(readableRate(line.basisPoints, words));
      // Of several rates each says what it is on.
      const on = readableMoney({ minor: line.net, currency }, words);
      return [taxLines.length === 1 ? label : words.taxOn(label, on), line.tax, {}];
    }),
    [credited ? words.credited : words.gross, gross, { font: 'bold', size: 11 }],
  ];
  if (!credited) {
    for (const { source, amount, paidAt } of paidWith) {
      const label = source === 'CREDIT_NOTE' ? words.creditNote : words[source];
      rows.push([`${label}, ${readableDay(dayOf(paidAt, invoice.seller.timeZone), words)}`, -amount.minor, {}]);
    }
    const owed = paidWith.reduce((left, { amount }) => left - amount.minor, gross);
    rows.push([words.outstanding, owed, { font: 'bold' }]);
  }
  const label = { x: PAGE.left + 160, width: 225 };
  const height = rows.length * 17 + 40;
  let y = top + height > PAGE.bottom ? nextPage(doc) : top;
  rule(doc, y);
  y += 8;
  for (const [text, minor, style] of rows) {
    const right: TextStyle = { ...style, align: 'right' };
    const used = write(doc, text, { ...label, y }, right);
    write(doc, readableMoney({ minor, currency }, words), { x: PAGE.left + 390, width: 105.28, y }, right);
    y += used + 5;
  }
  const notes = [credited ? words.toPrepaid : null, isReverseCharge(invoice) ? words.reverseCharge : null];
  for (const note of notes) {
    if (note !== null) y += write(doc, note, { x: PAGE.left, y: y + 8, width: PAGE.width }, { size: 8 }) + 4;
  }
}

/** Whose VAT each other's businesses reckon themselves; Greece is EL in VAT ids and GR here. */
const UNION = new Set('AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' '));

/** Sold without VAT to a business in another country of the Union: the invoice must say who owes it. */
const isReverseCharge = ({ seller, buyer, taxBasisPoints }: InvoiceRow): boolean =>
  taxBasisPoints === 0 &&
  seller.vatId !== null &&
  buyer.vatId !== null &&
  seller.country !== buyer.country &&
  UNION.has(seller.country) &&
  UNION.has(buyer.country);

function nextPage(doc: Doc): number {
  doc.addPage();
  return PAGE.top;
}

/** At the foot of every page, once it is known how many there are. */
function drawFooters(doc: Doc, text: string, note: string, words: Words): void {
  const { start, count } = doc.bufferedPageRange();
  const style: TextStyle = { size: 7, color: '#666666' };
  for (let at = 0; at < count; at += 1) {
    doc.switchToPage(start + at);
    rule(doc, PAGE.footer - 6);
    write(doc, text, { x: PAGE.left, y: PAGE.footer, width: PAGE.width - 90 }, style);
    const page = words.page(at + 1, count);
    write(doc, page, { x: PAGE.right - 80, y: PAGE.footer, width: 80 }, { ...style, align: 'right' });
    if (note !== '') write(doc, note, { x: PAGE.left, y: PAGE.footer + 22, width: PAGE.width }, { ...style, size: 6 });
  }
}
