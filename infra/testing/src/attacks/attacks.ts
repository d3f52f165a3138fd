/** What an attack sends: a request to `POST /graphql` that is changed in what is said, or bytes. */
export type Attack = {
  name: string;
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  /** Text or bytes as they are, anything else as JSON. */
  body?: unknown;
  /** Written to a connection of its own instead. */
  bytes?: string;
  /** A guess at a log-in, whose answer takes as long as any other guess's, on purpose. */
  guess?: boolean;
};

const NEWER = { accept: 'application/graphql-response+json' };
const times = (count: number, make: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => make(at)).join(' ');
const document = (name: string, query: string, variables?: unknown): Attack => ({
  name,
  headers: NEWER,
  body: JSON.stringify({ query, ...(variables === undefined ? {} : { variables }) }),
});
const LOG_IN = 'mutation A($input: SessionCreateInput!) { sessionCreate(input: $input) { userErrors { code } } }';
const logIn = (name: string, email: unknown, password: unknown = 'x'.repeat(12)): Attack => ({
  ...document(name, LOG_IN, { input: { email, password } }),
  guess: typeof email === 'string',
});
const raw = (name: string, ...lines: string[]): Attack => ({ name, bytes: `${lines.join('\r\n')}\r\n\r\n` });
const POST = ['POST /graphql HTTP/1.1', 'Host: guard.localhost', 'Content-Type: application/json'];
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** GUARD facts 4 and 5, and what else one would try: each is to be refused by a few milliseconds of work. */
const DOCUMENTS: Attack[] = [
  document(
    'fragments that double',
    `{ ...f0 } ${times(24, (n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`)} fragment f24 on Query { __typename }`,
  ),
  document(
    'fragments in a circle',
    '{ ...a } fragment a on Query { ...b } fragment b on Query { ...c } fragment c on Query { ...a }',
  ),
  document(
    '200 log-ins by alias',
    `mutation { ${times(200, (n) => `a${n}: sessionCreate(input: { email: "a@b.example", password: "x" }) { userErrors { code } }`)} }`,
  ),
  document('1,900 aliases of __typename', `{ ${times(950, (n) => `a${n}: __typename`)} }`),
  document('one field 600 times', `{ ${times(600, () => '__typename')} }`),
  document('60 directives', `{ __typename ${times(60, () => '@include(if: true)')} }`),
  document(
    'too deep',
    `{ viewer { account { ${times(20, () => 'clients { nodes {')} id ${times(20, () => '} }')} } } }`,
  ),
  document(
    'introspection of introspection',
    `{ __schema { types { ${times(9, () => 'fields { type {')} name ${times(9, () => '} }')} } } }`,
  ),
  document(
    'introspection 100 times',
    `{ ${times(20, (n) => `a${n}: __schema { ${times(24, (m) => `t${m}: types { name }`)} }`)} }`,
  ),
  document('49,000 characters of tokens', `{ ${'a '.repeat(24_000)} }`),
  document('900 KB of query', `{ ${'a'.repeat(900_000)} }`),
  document('40,000 open braces', '{'.repeat(40_000)),
  document('40,000 open brackets in an argument', `{ viewer(a: ${'['.repeat(40_000)}) { user { id } } }`),
  document(
    '60 operations, none named',
    times(60, (n) => `query Q${n} { __typename }`),
  ),
  document('a string that never ends', `{ viewer(a: "${'\\\\'.repeat(20_000)}) { user { id } } }`),
  document(
    '300 types that nearly exist',
    `query(${times(300, (n) => `$a${n}: CreditMovementConnecti${n}`)}) { __typename }`,
  ),
  document('a subscription', 'subscription { viewer { user { id } } }'),
  document(
    'what is hidden',
    '{ _entities(representations: [{ __typename: "Account", id: "1" }]) { __typename } _service { sdl } }',
  ),
];

const VARIABLES: Attack[] = [
  logIn('an e-mail of 900 KB', 'a'.repeat(900_000)),
  logIn('an e-mail for a regex to choke on', `${'a.'.repeat(100_000)}@${'a-'.repeat(100_000)}!`),
  logIn('a password of 900 KB', 'a@b.example', 'a'.repeat(900_000)),
  logIn('an e-mail with a lone surrogate', '\ud800@b.example'),
  logIn('an e-mail with a zero byte', 'a\0@b.example'),
  logIn('a list of 100,000 for a string', Array(100_000).fill('a')),
  logIn('an object for a string', { $gt: '' }),
  document(
    '100,000 ids',
    'mutation A($input: TrackersActivateInput!) { trackersActivate(input: $input) { userErrors { code } } }',
    {
      input: { trackerIds: Array(50_000).fill('0198aaaa-bbbb') },
    },
  ),
  document('a number beyond every type', `query A($n: Int!) { viewer { memberships(first: $n) { nodes { id } } } }`, {
    n: 1e300,
  }),
  {
    name: 'a number of 500,000 digits',
    headers: NEWER,
    body: `{"query":"query A($n: Int!) { viewer { memberships(first: $n) { nodes { id } } } }","variables":{"n":${'9'.repeat(500_000)}}}`,
  },
  {
    name: 'JSON 100,000 deep',
    headers: NEWER,
    body: `{"query":"{ __typename }","variables":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  },
  {
    name: 'objects 100,000 deep',
    headers: NEWER,
    body: `{"query":"{ __typename }","variables":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
  },
  {
    name: 'a prototype',
    headers: NEWER,
    body: `{"query":${JSON.stringify(LOG_IN)},"variables":{"__proto__":{"input":{"email":"a","password":"b"}}}}`,
  },
  { name: 'a batch of 1,000', body: Array(1_000).fill({ query: '{ __typename }' }) },
  { name: 'bytes that are no UTF-8', body: Buffer.alloc(200_000, 0xff) },
  { name: 'a megabyte of spaces', body: ' '.repeat(1_000_000) },
  { name: 'no JSON', body: '{"query": {{{{' },
  {
    name: 'a persisted query',
    body: { extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(100_000) } } },
  },
];

const CREDENTIALS: Attack[] = [
  ['an API key of 4,000 characters', `cmp_${'a'.repeat(4_000)}`],
  ['a token of 12,000 characters', 'a'.repeat(12_000)],
  ['a token that is none', 'a.b.c'],
  [
    'a token signed by nobody',
    `${base64({ alg: 'none', typ: 'at+jwt' })}.${base64({ iss: 'identity', aud: 'gateway', sub: 'a' })}.`,
  ],
  [
    'a token signed by somebody',
    `${base64({ alg: 'HS256', typ: 'at+jwt' })}.${base64({ iss: 'identity', aud: 'gateway', sub: 'a' })}.${'a'.repeat(43)}`,
  ],
  [
    'a token with a large payload',
    `${base64({ alg: 'EdDSA', typ: 'at+jwt' })}.${base64({ a: 'a'.repeat(2_800) })}.${'a'.repeat(86)}`,
  ],
].map(([name, token]) => ({
  name: name as string,
  headers: { authorization: `Bearer ${token}` },
  body: { query: '{ __typename }' },
}));

const REQUESTS: Attack[] = [
  { name: 'a mutation by GET', method: 'GET', path: `/graphql?query=${encodeURIComponent('mutation { a }')}` },
  { name: 'a query of 8 KB by GET', method: 'GET', path: `/graphql?query=${'a'.repeat(8_000)}` },
  { name: 'a method that is not offered', method: 'PATCH', body: '{}' },
  { name: 'a path of 8 KB', method: 'GET', path: `/${'../'.repeat(2_600)}` },
  { name: 'plain text', headers: { 'content-type': 'text/plain' }, body: '{"query":"{ __typename }"}' },
  { name: 'a form', headers: { 'content-type': 'multipart/form-data; boundary=a' }, body: '--a--' },
  {
    name: 'a media type of 8 KB',
    headers: { 'content-type': `application/json; charset="${'x'.repeat(8_000)}"` },
    body: '{}',
  },
  {
    name: 'an Accept of 8 KB',
    headers: { accept: `${'a/b;q=0.1,'.repeat(800)}text/html` },
    body: { query: '{ __typename }' },
  },
  { name: 'a gzip bomb', headers: { 'content-encoding': 'gzip' }, body: Buffer.alloc(20_000, 7) },
  raw('five megabytes', ...POST, 'Content-Length: 5000000', '', '{"query":"a'),
  {
    name: 'an account id of 8 KB',
    headers: { authorization: 'Bearer a.b.c', 'comptoir-account': 'a'.repeat(8_000) },
    body: { query: '{ __typename }' },
  },
  raw('40 KB in one header', ...POST, `X-A: ${'a'.repeat(40_000)}`),
  raw('3,000 headers', ...POST, ...Array.from({ length: 3_000 }, (_, n) => `X-${n}: a`)),
  raw('two lengths', ...POST, 'Content-Length: 2', 'Content-Length: 5', '', '{}'),
  raw('a length and chunks', ...POST, 'Content-Length: 2', 'Transfer-Encoding: chunked', '', '0'),
  raw('chunks that are none', ...POST, 'Transfer-Encoding: chunked', '', 'ZZZZ'),
  raw('no host', 'POST /graphql HTTP/1.1', 'Content-Length: 0'),
  raw('what is not HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
  raw('a header without a name', ...POST, ': a'),
];

export const ATTACKS: Attack[] = [...DOCUMENTS, ...VARIABLES, ...CREDENTIALS, ...REQUESTS];

/** What keeps a connection and does not end: nothing is answered, and no one else is to notice. */
export const HELD: { name: string; connections: number; first: string; drip: string }[] = [
  { name: '500 connections that send nothing', connections: 500, first: '', drip: '' },
  {
    name: '200 that send a header a byte at a time',
    connections: 200,
    first: `${POST.join('\r\n')}\r\nX-A: `,
    drip: 'a',
  },
  {
    name: '200 that send a body a byte at a time',
    connections: 200,
    first: `${POST.join('\r\n')}\r\nContent-Length: 1000000\r\n\r\n`,
    drip: ' ',
  },
  {
    name: '5 that send 200 requests each without waiting',
    connections: 5,
    first: times(200, () => `${POST.join('\r\n')}\r\nContent-Length: 26\r\n\r\n{"query":"{ __typename }"}`).replaceAll(
      '} POST',
      '}POST',
    ),
    drip: '',
  },
];
