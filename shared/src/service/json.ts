import { stringifyChunked } from '@discoveryjs/json-ext';
import { JSONParser } from '@streamparser/json';
import { createBreath } from '../concurrency/breath.ts';

/**
 * Bytes of JSON from which others get a turn while it is read or written, which takes several times as long. What is
 * smaller takes V8 a few milliseconds in one go.
 */
export const LARGE_BYTES = 256 * 1024;

/** The JSON of a value, about as large as said, in the pieces in which it is sent. */
export async function writeJson(value: object, aboutBytes: number): Promise<Buffer[]> {
  if (aboutBytes < LARGE_BYTES) return [Buffer.from(JSON.stringify(value))];
  const breathe = createBreath();
  const pieces: Buffer[] = [];
  for (const text of stringifyChunked(value)) {
    pieces.push(Buffer.from(text));
    await breathe();
  }
  return pieces;
}

/**
 * Reads JSON as `JSON.parse` does, from the pieces in which it comes; undefined when they are none. Throws what the
 * pieces throw.
 */
export async function readJson(chunks: AsyncIterable<Buffer>): Promise<unknown> {
  const breathe = createBreath();
  const waiting: Buffer[] = [];
  let bytes = 0;
  let large: JsonPieces | null = null;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes < LARGE_BYTES) continue;
    large ??= readPieces();
    for (const piece of waiting.splice(0)) {
      large.take(piece);
      await breathe();
    }
  }
  return large === null ? parsed(Buffer.concat(waiting).toString('utf8')) : large.end();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type JsonPieces = { take(piece: Buffer): void; end(): unknown };

function readPieces(): JsonPieces {
  let value: unknown;
  let isJson = true;
  // Of all values only the outermost is of interest.
  const parser = new JSONParser({ paths: ['$'] });
  // Its own takes U+FEFF at the beginning of each run of characters for a mark of the encoding, and leaves it out.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  Object.assign(parser['tokenizer']['bufferedString'], { decoder });
  parser.onValue = (found) => {
    value = found.value;
  };
  parser.onError = () => {
    isJson = false;
  };
  return {
    take(piece) {
      if (isJson) parser.write(piece);
    },
    end() {
      if (isJson && !parser.isEnded) parser.end();
      return isJson ? value : undefined;
    },
  };
}
