import type { ServerResponse } from 'node:http';

/**
 * Makes the connection end with this answer, and tells the caller so: it will not send its next request into a closing
 * one.
 */
export function endConnection(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}

export function answer(response: ServerResponse, status: number, body: unknown): void {
  response.setHeader('content-type', 'application/json; charset=utf-8');
  sendPieces(response, status, [Buffer.from(`${JSON.stringify(body)}\n`)]);
}

/** In pieces, because a large text would be joined, measured and encoded on its way, each for all of it in one go. */
export function sendPieces(response: ServerResponse, status: number, pieces: readonly Buffer[]): void {
  response.setHeader('cache-control', 'no-store');
  response.setHeader(
    'content-length',
    pieces.reduce((sum, { length }) => sum + length, 0),
  );
  response.writeHead(status);
  for (const piece of pieces) response.write(piece);
  response.end();
}
