import { readFileSync } from 'node:fs';
import { must } from '@comptoir/launch/seed/execute.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { personViewer, serviceViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildSchema, type GraphQLField, type GraphQLObjectType, getNamedType, isObjectType } from 'graphql';
import { attach, convertToPartner } from '../fleet.ts';
import { idArguments, inputFor, operation, payloadSelection, placesOf, readingsOf, rootFields } from './operations.ts';
import { goodValue, openTenants, type Tenants } from './tenants.ts';

/**
 * Bad input of every kind gets a clear answer: written from the schema, at every place where a caller writes anything.
 */
let tenants: Tenants;
beforeAll(async () => {
  tenants = await openTenants();
});
afterAll(() => tenants.stop());

const api = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const cursor = (...keys: unknown[]): string => Buffer.from(JSON.stringify(keys)).toString('base64url');
const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });

const TEXTS = [
  '',
  '   ',
  '\0',
  'nul\0inside',
  'half \ud800 of a pair',
  'x'.repeat(20_000),
  '😀'.repeat(300),
  '__proto__',
  'constructor',
  `'; drop table account; --`,
  'name\r\nBcc: evil@example.org',
  '\u202e<script>alert(1)</script>',
  '\u212aate@example.org',
  'nul\0@example.org',
];

const CURSORS = [
  cursor('nul\0', newId()),
  cursor('half \ud800', newId()),
  cursor('-271821-04-20T00:00:00Z', newId()),
  cursor('+275760-09-13T00:00:00Z', newId()),
  cursor('2026', newId()),
  cursor('1', newId()),
  cursor(newId()),
];

/** What no caller should send and some will, per scalar. */
const BAD: Record<string, readonly unknown[]> = {
  String: TEXTS,
  ID: [...TEXTS, 12_345, newId().toUpperCase(), `{${newId()}}`],
  enum: ['__proto__', 'toString', '', 'constructor'],
  Int: [2_147_483_647, -2_147_483_648, 2_147_483_648, -1, 0, 1.5, 1e308],
  SafeInt: [9_007_199_254_740_991, 9_007_199_254_740_992, -9_007_199_254_740_991, 1e308, -1, 0, 0.5],
  Float: [1e308, -1e308],
  Boolean: ['true'],
  DateTime: [
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
    '+275760-09-13T00:00:00Z',
    '-271821-04-20T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-01-01T00:00:00\0Z',
    'yesterday',
    8.64e15,
  ],
  LocalDate: [
    '0000-01-01',
    '9999-12-31',
    '+275760-09-13',
    '-271821-04-19',
    '2026-02-30',
    '2026-1-1',
    '2026-01-01\0',
    '\ud800',
    'yesterday',
    '',
    20_260_101,
  ],
  Decimal: [
    '',
    '0',
    '-1',
    '-0.01',
    '0.001',
    '1e3',
    '٣',
    '1,5',
    ' 1',
    '1\0',
    '\ud800',
    'NaN',
    'Infinity',
    '9007199254740993.01',
    '9'.repeat(400),
    `0.${'0'.repeat(20_000)}1`,
    1.1,
    true,
  ],
  JSON: [
    JSON.parse('{"__proto__": {"polluted": true}}'),
    { 'key\0': 1 },
    { a: '\ud800' },
    nested(25),
    'x'.repeat(9_000),
    [],
    '',
  ],
};

type Try = {
  what: string;
  /**
   * Its part of a request, with variables of that number: tries of the same arguments at the same places have one text.
   */
  write: (number: number) => { declared: string; call: string; variables: Record<string, unknown> };
};

/** Sends tries by fifteens, each under an alias; those that end in a bug come back, with the whole answer. */
async function bugs(kind: 'query' | 'mutation', tries: readonly Try[], token: string | null): Promise<string[]> {
  const found: string[] = [];
  const send = async (some: readonly Try[]): Promise<void> => {
    const parts = some.map(({ write }, at) => write(at));
    const declared = parts.map((each) => each.declared).filter((text) => text !== '');
    const calls = parts.map(({ call }, at) => `t${at}: ${call}`).join('\n');
    const head = declared.length === 0 ? kind : `${kind} (${declared.join(', ')})`;
    const variables = Object.assign({}, ...parts.map((each) => each.variables));
    const { status, data, errors } = await tenants.installation.ask(`${head} { ${calls} }`, variables, token);
    // A value that cannot be a variable refuses the whole request before anything runs, and is named: those have their
    // answer, the others are sent again.
    const refused = new Set(errors?.map((error) => REFUSED.exec(codeAndMessage(error))?.[1]));
    const others = some.filter((_, at) => !refused.has(String(at)));
    if (data === undefined && refused.size > 0 && !refused.has(undefined)) await (others.length > 0 && send(others));
    else if (data === undefined && some.length > 1) for (const one of some) await send([one]);
    else if (status >= 500 || errors?.some(({ extensions }) => extensions.code === 'INTERNAL_SERVER_ERROR')) {
      const places = errors?.flatMap(({ path }) => (path?.[0] === undefined ? [] : [Number(path[0].slice(1))])) ?? [];
      found.push(`${status} ${places.map((at) => some[at]?.what).join(', ') || some[0]?.what}`);
    }
  };
  for (let at = 0; at < tries.length; at += 15) await send(tries.slice(at, at + 15));
  return found;
}

/** How the gateway refuses the value of a variable; the number at its end is that of the try. */
const REFUSED = /^BAD_USER_INPUT Variable "\$[a-zA-Z]+_(\d+)"/;
const codeAndMessage = ({ message, extensions }: { message: string; extensions: Record<string, any> }): string =>
  `${extensions.code} ${message}`;

const shown = (value: unknown): string => JSON.stringify(value).slice(0, 60);

/** A request that waits is given again and nothing is stored: every try is about another client. */
const freshValue = (path: string, field: string): unknown =>
  path.endsWith('clientId') ? newId() : goodValue(tenants, path, field);

/** One try for every bad value at every place of a field's arguments. */
function triesOf(field: GraphQLField<unknown, unknown>, selection: string): Try[] {
  return placesOf(field.args).flatMap((place) =>
    (place.path.endsWith('after') ? [...TEXTS, ...CURSORS] : (BAD[place.type] ?? [])).map((bad): Try => {
      const input = inputFor(field.args, ({ path }) => (path === place.path ? bad : freshValue(path, field.name)), {
        full: false,
        choice: 0,
      });
      const given = field.args.filter(({ name }) => input[name] !== undefined);
      return {
        what: `${field.name} ${place.path} ${shown(bad)}`,
        write: (number) => ({
          declared: given.map(({ name, type }) => `$${name}_${number}: ${type}`).join(', '),
          call: `${field.name}(${given.map(({ name }) => `${name}: $${name}_${number}`).join(', ')}) { ${selection} }`,
          variables: Object.fromEntries(given.map(({ name }) => [`${name}_${number}`, input[name]])),
        }),
      };
    }),
  );
}

/**
 * What ends a session, an account, or what is sold and subscribed: tried last, or nothing else would be tried in
 * earnest.
 */
const LAST = [
  'cataloguePriceSet',
  'creditPackPriceSet',
  'cataloguePlanRetire',
  'creditPackRetire',
  'subscriptionCancel',
  'accountCancel',
  'sessionsRevokeOthers',
  'sessionEnd',
];

test('GUARD no bad value at any place of any mutation is a bug of ours', async () => {
  const found: string[] = [];
  const mutations = rootFields(api.getMutationType()).filter(({ args }) => args.length > 0);
  for (const field of mutations.toSorted((a, b) => LAST.indexOf(a.name) - LAST.indexOf(b.name))) {
    const tries = triesOf(field, payloadSelection(field));
    expect([field.name, tries.length > 0]).toEqual([field.name, true]);
    // Where the input does something, every try is sent; elsewhere some say as much.
    const can = new Map<string | null, boolean | null>();
    for (const { token } of [tenants.local.owner, tenants.local.partner, tenants.staff]) {
      const text = operation('mutation', field, payloadSelection(field));
      const variables = inputFor(field.args, ({ path }) => freshValue(path, field.name), { full: false, choice: 0 });
      const { data, errors } = LAST.includes(field.name)
        ? { data: null, errors: undefined }
        : await tenants.installation.ask(text, variables, token);
      const forStaff = errors?.some(({ extensions }) => extensions.code === 'FORBIDDEN') ?? false;
      can.set(token, forStaff ? null : data?.[field.name]?.userErrors?.length === 0);
    }
    const anybody = [tenants.local.owner, tenants.local.partner].filter(({ token }) => can.get(token) !== null);
    for (const [at, { token }] of (anybody.length === 0 ? [tenants.staff] : anybody).entries()) {
      const some = at === 0 || can.get(token) ? tries : tries.filter((_, n) => n % 3 === 0);
      found.push(...(await bugs('mutation', some, token)));
    }
  }
  expect(found).toEqual([]);
});

test('GUARD no bad value at any argument of any query field, nested ones too, is a bug of ours', async () => {
  const found: string[] = [];
  let tried = 0;
  for (const field of rootFields(api.getQueryType())) {
    const type = getNamedType(field.type) as GraphQLObjectType;
    const tries = triesOf(field, '__typename');
    if (field.name === 'viewer') {
      for (const reading of readingsOf(type)) {
        const inner = { name: '', args: reading.args } as unknown as GraphQLField<unknown, unknown>;
        for (const { what, write } of triesOf(inner, '')) {
          tries.push({
            what: `${reading.covers}${what}`,
            write: (number) => {
              const part = write(number);
              const written = /^(\(.*\))/.exec(part.call)?.[1] ?? '';
              return { ...part, call: `viewer { ${reading.write(written)} }` };
            },
          });
        }
      }
    }
    tried += tries.length;
    const callers =
      field.name === 'viewer' ? [tenants.local.owner, tenants.local.partner] : [tenants.local.owner, tenants.staff];
    // The second caller sees other rows through the same arguments.
    for (const [at, { token }] of callers.entries())
      found.push(...(await bugs('query', at === 0 ? tries : tries.filter((_, n) => n % 5 === 0), token)));
    expect(isObjectType(type) && idArguments(field).every(({ name }) => name === 'id')).toBe(true);
  }
  expect(tried).toBeGreaterThan(300);
  expect(found).toEqual([]);
});

test('GUARD what people write stays text in mails: no header, no recipient, no markup of theirs', async () => {
  const { installation, local } = tenants;
  const evil = 'Évil "<b>&\'</b>"\r\nBcc: evil@example.org\r\n\r\n<script>alert(1)</script>';
  const id = newId();
  // Past the rule of sign-up that refuses control characters: a mail must not rely on it.
  await must(
    installation.subgraphs.accounts,
    'mutation ($input: InternalAccountOpenInput!) { internalAccountOpen(input: $input) { accountId } }',
    { input: { id, name: evil, kind: 'CLIENT' } },
    serviceViewer('identity'),
  );
  await convertToPartner(installation, id);
  await attach(installation, personViewer({ accountId: id }), local.owner.viewer as never, [
    { area: 'TRACKERS', verb: 'READ' },
  ]);
  const mail = await installation.mailbox.waitFor('owner0@proche.example', ({ subject }) => subject.includes('vil'));
  expect(mail.subject).not.toMatch(/[\r\n]/);
  expect(mail.html).not.toMatch(/<script|<b>/);
  expect(mail.html).toContain('&lt;script&gt;');
  expect(installation.mailbox.all().filter(({ to }) => to.includes('evil'))).toEqual([]);
});
