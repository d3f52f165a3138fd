import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Says to browsers which other origins may read our answers. Nothing is sent by cookie, so an origin that is not on the
 * list can do no harm by asking; it just learns nothing. Our own origin needs no permission.
 */
export function allowOrigin(request: IncomingMessage, response: ServerResponse, allowed: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  response.setHeader('vary', 'Origin');
  if (allowed.includes(origin)) {
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-expose-headers', 'X-Request-Id, Retry-After');
    return true;
  }
  return origin === `http://${host}` || origin === `https://${host}`;
}

/** What a preflight of an allowed origin is answered with. */
export const PREFLIGHT_HEADERS = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'Authorization, Content-Type, Comptoir-Account, X-Request-Id',
  'access-control-max-age': '600',
};
