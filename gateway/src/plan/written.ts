/** Characters that are gathered before they become bytes: many at once cost least, and few enough hold no one up. */
const PIECE = 16_384;

/** The data of an answer as JSON, in the pieces in which they are sent. Nothing else of them is kept. */
export class Written {
  readonly pieces: readonly Buffer[];
  constructor(pieces: readonly Buffer[]) {
    this.pieces = pieces;
  }
  /** For callers who want values after all. */
  toJSON(): unknown {
    return JSON.parse(Buffer.concat(this.pieces).toString('utf8'));
  }
}

/** JSON that is being written. What was written since a mark can be taken back. */
export type Writer = {
  /** What is not bytes yet; anyone who writes adds to it. */
  text: string;
  pieces: Buffer[];
  bytes: number;
  readonly maxBytes: number;
};
export type Mark = Readonly<{ text: string; pieces: number; bytes: number }>;

/** Thrown where the answer would be larger than it may be. */
export class TooLarge extends Error {}

export const createWriter = (maxBytes: number): Writer => ({ text: '', pieces: [], bytes: 0, maxBytes });

export const markOf = ({ text, pieces, bytes }: Writer): Mark => ({ text, pieces: pieces.length, bytes });

export function takeBack(writer: Writer, { text, pieces, bytes }: Mark): void {
  writer.text = text;
  writer.pieces.length = pieces;
  writer.bytes = bytes;
}

/** Called between two values: what is enough for a piece becomes one. Throws `TooLarge`. */
export function flush(writer: Writer, least = PIECE): void {
  if (writer.text.length < least) return;
  const piece = Buffer.from(writer.text);
  writer.text = '';
  writer.pieces.push(piece);
  writer.bytes += piece.length;
  if (writer.bytes > writer.maxBytes) throw new TooLarge('The answer is too large.');
}

/** All that was written. Throws `TooLarge`. */
export function written(writer: Writer): Written {
  flush(writer, 1);
  return new Written(writer.pieces);
}

/** A value as JSON has it; null for what it does not have. */
export const jsonOf = (value: unknown): string => JSON.stringify(value) ?? 'null';

/**
 * The text of a result of Apollo Server, with a newline as it writes it. Of one whose data are written already it is
 * what comes before them; `AFTER_DATA` comes after.
 */
export function textOf(result: { data?: unknown }): string {
  if (!(result.data instanceof Written)) return `${JSON.stringify(result)}\n`;
  const { data: _, ...rest } = result;
  const others = JSON.stringify(rest).slice(1, -1);
  return `{${others}${others === '' ? '' : ','}"data":`;
}

export const AFTER_DATA = Buffer.from('}\n');
