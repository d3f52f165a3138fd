import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Asked = { url?: string | undefined; headers: IncomingHttpHeaders };

/**
 * Names by which this machine calls the page. Another name that leads here is somebody's who rebinds it (DNS
 * rebinding).
 */
const OWN_NAMES = ['localhost', '127.0.0.1'];

/**
 * Whether a request comes from the page itself, from a program on this machine, or by a link that somebody followed.
 * The mails hold links that reset passwords: no page of anybody else reads them, nor has them changed.
 */
export function isFromHere({ url = '', headers }: Asked, port: number): boolean {
  const hosts = OWN_NAMES.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
  const { host = '', origin } = headers;
  if (!url.startsWith('/') || !hosts.includes(host.toLowerCase())) return false;
  if (origin !== undefined) return origin.toLowerCase() === `http://${host.toLowerCase()}`;
  // Browsers send no Origin with a plain GET, and say otherwise whose page it is from. Programs say nothing.
  const site = headers['sec-fetch-site'] ?? 'none';
  const followed = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return site === 'none' || site === 'same-origin' || followed;
}

/**
 * Puts the door before everything that the server answers, websockets included, and keeps it from inviting other
 * origins.
 */
export function guardPage(server: Server, port: number): void {
  const answer = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
  const upgrade = server.listeners('upgrade') as ((request: IncomingMessage, socket: Socket, head: Buffer) => void)[];
  server.removeAllListeners('request').removeAllListeners('upgrade');
  server.on('request', (request, response) => {
    forbidInvitations(response);
    if (isFromHere(request, port)) for (const each of answer) each.call(server, request, response);
    else response.writeHead(403, { 'content-type': 'text/plain' }).end('This page answers to itself only.\n');
  });
  server.on('upgrade', (request, socket: Socket, head) => {
    if (isFromHere(request, port)) for (const each of upgrade) each.call(server, request, socket, head);
    else socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
}

/** No CORS header leaves, no matter who sets it; and no other page shows this one in a frame or as its own. */
function forbidInvitations(response: ServerResponse): void {
  response.setHeader('x-frame-options', 'SAMEORIGIN');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  response.setHeader('x-content-type-options', 'nosniff');
  const set = response.setHeader.bind(response);
  response.setHeader = (name, value) => (/^access-control-/i.test(name) ? response : set(name, value));
}
