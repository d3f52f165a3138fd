import type { Server } from 'node:http';
import { type AddressInfo, createServer, Server as NetServer } from 'node:net';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';

/** Where several sockets may listen on one port, and the system spreads connections over them. */
export const PORTS_CAN_BE_SHARED = process.platform === 'linux';

/** Longer than a connection takes from being asked for to being accepted. */
const QUIET_MS = 40;
const QUIET_TURNS = 20;

export type ListenOptions = {
  /** 0 is any free one. */
  port: number;
  host: string;
  /**
   * How many sockets listen. Node takes one waiting connection per socket each time it looks, and looks less often the
   * more it has to do: with one, anyone who comes when we are busiest waits for seconds to be told that we are.
   */
  acceptors?: number;
  /**
   * That another process of ours listens there already, which we replace. Otherwise that is an error, as it is
   * anywhere.
   */
  replacing?: boolean;
};

export type Listening = {
  address: AddressInfo;
  /**
   * Takes no new connection from here on, and leaves those that are there alone; resolves when the last one has ended.
   */
  closed(): Promise<void>;
  /** Resolves when no one has come for a moment, nor waits at the door; or when the time is over. */
  quiet(withinMs: number): Promise<void>;
  /** Resolves when no one is connected any more, or when the time is over. */
  deserted(withinMs: number): Promise<void>;
};

/** Makes the server listen; rejects when the port is taken. */
export async function listen(server: Server, options: ListenOptions): Promise<Listening> {
  const { host, acceptors = 1, replacing = false } = options;
  const shared = PORTS_CAN_BE_SHARED;
  // Any free one the system finds by itself, and never one that is shared.
  const port = shared && !replacing && options.port !== 0 ? await reserve(options.port, host) : options.port;
  await listening(server, { port, host, reusePort: shared });
  const address = server.address() as AddressInfo;
  const all: NetServer[] = [server];
  // Of the plain kind, because that of HTTP would also end every connection that idles.
  const closed = async (): Promise<void> => {
    await Promise.all(all.map((one) => new Promise((resolve) => NetServer.prototype.close.call(one, resolve))));
  };
  try {
    while (shared && all.length < acceptors) {
      const acceptor = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
        server.emit('connection', socket),
      );
      await listening(acceptor, { port: address.port, host, reusePort: true });
      all.push(acceptor);
    }
  } catch (error) {
    await closed();
    throw error;
  }
  let lastCame = 0;
  server.on('connection', () => {
    lastCame = performance.now();
  });
  async function waitUntil(holds: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
    const end = performance.now() + withinMs;
    while (performance.now() < end && !(await holds())) await pause(5);
  }
  return {
    address,
    closed,
    async quiet(withinMs) {
      const from = performance.now();
      await waitUntil(async () => {
        const since = Math.max(lastCame, from);
        if (performance.now() - since <= QUIET_MS) return false;
        // A process that was held up has not heard of those who came meanwhile: it accepts a few of them a turn.
        for (let turn = 0; turn < QUIET_TURNS; turn += 1) await nextTurn();
        return lastCame <= since;
      }, withinMs);
    },
    deserted: (withinMs) => waitUntil(async () => (await countConnections(all)) === 0, withinMs),
  };
}

async function countConnections(servers: readonly NetServer[]): Promise<number> {
  const counts = servers.map(
    (one) => new Promise<number>((resolve) => one.getConnections((_error, count) => resolve(count ?? 0))),
  );
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** The port, once it is sure that no one has it: sockets that share one do not notice each other. */
async function reserve(port: number, host: string): Promise<number> {
  const probe = createServer();
  await listening(probe, { port, host });
  const { port: free } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return free;
}

async function listening(
  server: NetServer,
  options: { port: number; host: string; reusePort?: boolean },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(options, resolve);
  await promise;
  server.off('error', reject);
}
