import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Serve = (request: IncomingMessage, response: ServerResponse) => void;
type Line = { last: ServerResponse; waiting: number };

/**
 * How many requests of one connection may wait. Each is kept in memory, twenty bytes that were sent as several
 * thousand.
 */
const MAX_WAITING = 100;

/**
 * Serves the requests of one connection one after the other. Who sends many without waiting for answers (HTTP allows
 * it) would otherwise have them all run at once, and be one caller in the place of hundreds. Who sends more than may
 * wait loses the connection; what waits when a connection ends is not served, because no one would learn that it was.
 */
export function inTurn(serve: Serve): Serve {
  const lines = new WeakMap<Socket, Line>();
  return (request, response) => {
    const { socket } = request;
    // It was closed by us or by them: what still comes on it is not served (RFC 9112, 9.6).
    if (!socket.writable) return;
    const line = lines.get(socket);
    if (line === undefined) {
      lines.set(socket, { last: response, waiting: 0 });
      serve(request, response);
      return;
    }
    const before = line.last;
    line.last = response;
    if (before.writableFinished) {
      serve(request, response);
    } else if (line.waiting >= MAX_WAITING) {
      socket.destroy();
    } else {
      line.waiting += 1;
      before.once('close', () => {
        line.waiting -= 1;
        if (socket.writable) serve(request, response);
      });
    }
  };
}
