import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type DemoEvent, toNdjson } from './day.ts';

export const dayFile = (home: string, seed: number): string => join(home, 'demo', `day-${seed}.ndjson`);

/** Writes the events as NDJSON, aside first: a file that is there is whole. */
export async function writeDay(file: string, events: Iterable<DemoEvent>): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const aside = `${file}.${process.pid}`;
  await pipeline(Readable.from(toNdjson(events)), createWriteStream(aside, { mode: 0o600 }));
  await rename(aside, file);
}

/** Reads the events back, `size` at a time; never more of the file than the reader takes. */
export async function* readBatches(file: string, size: number): AsyncGenerator<DemoEvent[]> {
  let batch: DemoEvent[] = [];
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    batch.push(JSON.parse(line) as DemoEvent);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
