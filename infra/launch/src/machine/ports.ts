import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** True when no one listens on that loopback port. */
export async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    return true;
  } catch {
    return false;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

// Below the range from which systems give connections on their way out a port (Linux from 32768, macOS and Windows from
// 49152): what is found free here is not taken by somebody's connection to a database before its server listens.
const LOWEST = 20_000;
const HIGHEST = 32_000;

/**
 * The first of `count` loopback ports in a row that were free a moment ago; others who ask meanwhile very likely get
 * other ones.
 */
export async function freePortsInARow(count: number): Promise<number> {
  for (;;) {
    const first = randomInt(LOWEST, HIGHEST - count);
    const free = await Promise.all(Array.from({ length: count }, (_, at) => isFree(first + at)));
    if (free.every(Boolean)) return first;
  }
}

/** A loopback port that was free a moment ago; see `freePortsInARow`. */
export const freePort = (): Promise<number> => freePortsInARow(1);
