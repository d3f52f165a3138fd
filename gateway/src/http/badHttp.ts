import type { Duplex } from 'node:stream';

const ANSWERS: Record<string, { status: string; code: string; message: string }> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    code: 'HEADERS_TOO_LARGE',
    message: 'The headers are too long.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    code: 'REQUEST_TIMEOUT',
    message: 'The request did not arrive in time.',
  },
};
const BAD = { status: '400 Bad Request', code: 'BAD_REQUEST', message: 'This is not HTTP as we read it.' };

/** Answers what is not even an HTTP request, in JSON like everything else; for the server's event `clientError`. */
export function refuseBadHttp(error: Error, socket: Duplex): void {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, ...refused } = ANSWERS[code] ?? BAD;
  const body = `${JSON.stringify({ errors: [{ message: refused.message, extensions: { code: refused.code } }] })}\n`;
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
