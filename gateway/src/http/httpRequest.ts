import type { IncomingMessage } from 'node:http';
import { MIMEType } from 'node:util';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { GraphQLError } from 'graphql';
import { refusal } from '../errors/errors.ts';
import { findJsonBreach, LIMITS } from '../operation/limits.ts';

/** The GraphQL request in an HTTP body, read no further than Apollo Server needs it. */
export type RequestBody = { query: string } & Record<string, unknown>;

/** The caller's own request id when it looks like one, else a new one. */
export function readRequestId(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(header) ? header : newId();
}

const RESPONSE_TYPES = ['application/json', 'application/graphql-response+json'] as const;

/**
 * Which of our two media types the caller prefers, or null for neither. Decided before anything runs: Apollo Server
 * looks at `Accept` only when the mutation is done.
 */
export function responseType(accept: string | undefined): (typeof RESPONSE_TYPES)[number] | null {
  if (accept === undefined) return 'application/json';
  const ranges = accept.split(',').map((part, place) => {
    const [range, ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    return { range, place, quality: q === undefined ? 1 : Number(q.slice(2)) || 0 };
  });
  const wanted = RESPONSE_TYPES.flatMap((type) => {
    // The most exact range is the one that counts for a type.
    const found = [type, 'application/*', '*/*']
      .map((text) => ranges.find(({ range }) => range === text))
      .find(Boolean);
    return found === undefined || found.quality === 0 ? [] : [{ ...found, type }];
  });
  wanted.sort((one, other) => other.quality - one.quality || one.place - other.place);
  return wanted[0]?.type ?? null;
}

/**
 * Headers by which something is decided. Of two, Node drops one or joins both, and a proxy before us may have read the
 * other.
 */
const SINGLE = new Set([
  'authorization',
  'comptoir-account',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'origin',
  'transfer-encoding',
  'x-request-id',
]);

/**
 * Throws 400 for a request without a host, and for one that says twice what it may say once, even if both are equal.
 */
export function checkHeaders({ rawHeaders, headers, httpVersion }: IncomingMessage): void {
  if (headers.host === undefined && httpVersion === '1.1') throw badRequest('Send the header "Host".');
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase();
    if (!SINGLE.has(name)) continue;
    if (seen.has(name)) throw badRequest(`Send the header "${name}" once.`);
    seen.add(name);
  }
}

/** Throws 415 unless the body is JSON in UTF-8, sent as it is. */
export function checkContentType(request: IncomingMessage): void {
  const { 'content-type': contentType = '', 'content-encoding': encoding = 'identity' } = request.headers;
  if (encoding !== 'identity') throw unsupported('Send the body without a content encoding.');
  let type: MIMEType;
  try {
    type = new MIMEType(contentType);
  } catch {
    throw unsupported('Send JSON, with the header "Content-Type: application/json".');
  }
  if (type.essence !== 'application/json')
    throw unsupported('Send JSON, with the header "Content-Type: application/json".');
  if (!/^utf-?8$/i.test(type.params.get('charset') ?? 'utf-8')) throw unsupported('Send JSON in UTF-8.');
}

/** The whole body; throws 413 as soon as it is known to be too long, and 400 when the caller breaks off. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > LIMITS.bodyBytes) throw tooLong();
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // Left open when we stop early: destroying the request would take the answer with it.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      length += (chunk as Buffer).length;
      if (length > LIMITS.bodyBytes) throw tooLong();
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    throw error instanceof GraphQLError ? error : badRequest('The body broke off.');
  }
  return Buffer.concat(chunks, length);
}

const tooLong = (): GraphQLError =>
  refusal(413, 'PAYLOAD_TOO_LARGE', `The body is longer than ${LIMITS.bodyBytes} bytes.`);

/** Reads the JSON of a GraphQL request; throws 400 with what is wrong. */
export function parseBody(bytes: Buffer): RequestBody {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badRequest('The body is not UTF-8.');
  }
  const breach = findJsonBreach(text);
  if (breach !== null) throw badRequest(`The JSON ${breach}.`);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw badRequest('The body is not JSON.');
  }
  if (Array.isArray(body)) throw badRequest('Send one operation per request; batches are not accepted.');
  if (typeof body !== 'object' || body === null) throw badRequest('The body is not a JSON object.');
  const { query, variables, operationName, extensions } = body as Record<string, unknown>;
  if (typeof query !== 'string' || query === '') throw badRequest('"query" must be a text and not empty.');
  if (!isMap(variables)) throw badRequest('"variables" must be an object.');
  if (!isMap(extensions)) throw badRequest('"extensions" must be an object.');
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') {
    throw badRequest('"operationName" must be a text.');
  }
  return body as RequestBody;
}

const isMap = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'object' && !Array.isArray(value));

const badRequest = (message: string): GraphQLError => refusal(400, 'BAD_REQUEST', message);

const unsupported = (message: string): GraphQLError => refusal(415, 'UNSUPPORTED_MEDIA_TYPE', message);

export const wantsHtml = (request: IncomingMessage): boolean => /\btext\/html\b/.test(request.headers.accept ?? '');

export const headerText = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
};
