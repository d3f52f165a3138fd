import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';

const { resolve } = createRequire(import.meta.url);
/** A font of our own: those that PDF readers bring along know no name outside of Western Europe. */
const FONTS = {
  plain: resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
  bold: resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
};

export type Doc = InstanceType<typeof PDFDocument>;
export type Font = keyof typeof FONTS;

/** Points of an A4 page. The footer has the space below `bottom`. */
export const PAGE = { left: 50, right: 545.28, width: 495.28, top: 50, bottom: 760, footer: 780 };

/**
 * An empty document. What makes a file differ from the last one with the same text is fixed: its date and so its id.
 */
export function openDocument(title: string, author: string, date: Date): Doc {
  const doc = new PDFDocument({
    size: 'A4',
    // No margin at the bottom: the footer is below, and no text is to open a page by itself.
    margins: { top: PAGE.top, left: PAGE.left, right: 50, bottom: 0 },
    bufferPages: true,
    lang: 'en',
    info: {
      Title: title,
      Author: author,
      CreationDate: date,
      ModDate: date,
      Producer: 'Comptoir',
      Creator: 'Comptoir',
    },
  });
  for (const [name, path] of Object.entries(FONTS)) doc.registerFont(name, path);
  return doc.font('plain');
}

export type TextStyle = { font?: Font; size?: number; align?: 'left' | 'right'; color?: string };

/** Writes text into a column, as high as it needs, and gives that height. */
export function write(
  doc: Doc,
  text: string,
  { x, y, width }: { x: number; y: number; width: number },
  { font = 'plain', size = 9, align = 'left', color = '#111111' }: TextStyle = {},
): number {
  doc.font(font).fontSize(size).fillColor(color);
  const height = text === '' ? 0 : doc.heightOfString(text, { width, align });
  doc.text(text, x, y, { width, align });
  return height;
}

/** How high a text would be in a column. */
export function heightOf(doc: Doc, text: string, width: number, { font = 'plain', size = 9 }: TextStyle = {}): number {
  return doc.font(font).fontSize(size).heightOfString(text, { width });
}

export function rule(doc: Doc, y: number, color = '#bbbbbb'): void {
  doc.moveTo(PAGE.left, y).lineTo(PAGE.right, y).lineWidth(0.5).strokeColor(color).stroke();
}

/** Ends the document and gives its bytes. */
export async function closeDocument(doc: Doc): Promise<Buffer> {
  const parts: Buffer[] = [];
  doc.on('data', (part: Buffer) => parts.push(part));
  const ended = new Promise<void>((done, failed) => {
    doc.on('end', done);
    doc.on('error', failed);
  });
  doc.end();
  await ended;
  return Buffer.concat(parts);
}
