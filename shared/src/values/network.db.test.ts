import { type TestDatabase, testDatabase } from '@comptoir/testing/testDatabase.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { addressIn, readAddress, readNetwork } from './network.ts';

/** One address has one reading: what JavaScript decides at the door, PostgreSQL's policies decide again. */
let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const byte = fc.nat(255);
const dotted = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join('.'));
const group = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.nat(0xffff));
/** Groups as a caller may write them: with leading zeros, in either case. */
const written = fc.tuple(group, fc.boolean(), fc.boolean()).map(([value, padded, upper]) => {
  const hex = value.toString(16).padStart(padded ? 4 : 1, '0');
  return upper ? hex.toUpperCase() : hex;
});
const full = fc.array(written, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':'));
const mixed = fc
  .tuple(fc.array(written, { minLength: 6, maxLength: 6 }), dotted)
  .map(([groups, end]) => `${groups.join(':')}:${end}`);
const shortened = fc
  .tuple(fc.array(written, { maxLength: 3 }), fc.array(written, { maxLength: 3 }))
  .map(([head, tail]) => `${head.join(':')}::${tail.join(':')}`);
/** IPv4-compatible, mapped, translated, NAT64, 6to4, ISATAP. */
const carrying = fc
  .tuple(
    fc.constantFrom('::', '::ffff:', '::FFFF:', '0:0:0:0:0:ffff:', '::ffff:0:', '64:ff9b::', '2002::', 'fe80::5efe:'),
    dotted,
  )
  .map(([prefix, end]) => prefix + end);
const address = fc.oneof(dotted, full, mixed, shortened, carrying);
const isMapped = async (text: string): Promise<boolean> =>
  (await client.query(`select family($1::inet) = 6 and $1::inet <<= '::ffff:0:0/96'::inet as mapped`, [text])).rows[0]
    .mapped;

test('G11 an address is what PostgreSQL reads, in its spelling; only a mapped one is its IPv4', async () => {
  await fc.assert(
    fc.asyncProperty(address, async (text) => {
      const { rows } = await client.query('select host($1::inet) as host', [text]);
      const canonical = readAddress(text);
      expect(canonical).toBe((await isMapped(text)) ? rows[0].host.slice('::ffff:'.length) : rows[0].host);
      expect(readAddress(canonical as string)).toBe(canonical);
    }),
    { numRuns: 400 },
  );
});

test('G11 a network is what PostgreSQL reads; a mapped one is its IPv4 down to /96, and refused above', async () => {
  await fc.assert(
    fc.asyncProperty(address, fc.nat(128), async (text, length) => {
      const prefix = text.includes(':') ? length : length % 33;
      const network = readNetwork(`${text}/${prefix}`);
      if (await isMapped(text)) {
        expect(network).toBe(prefix < 96 ? null : readNetwork(`${readAddress(text)}/${prefix - 96}`));
        return;
      }
      const { rows } = await client.query(
        'select network(set_masklen($1::inet, $2))::text as network, $3::cidr::text as stored',
        [text, prefix, network],
      );
      expect(readNetwork(rows[0].network)).toBe(network);
      // What is stored is read again, and told, as it was written.
      expect(readNetwork(rows[0].stored)).toBe(network);
    }),
    { numRuns: 400 },
  );
});

test('G11 an address is in the same networks for the gateway and for the policies', async () => {
  const near = fc.tuple(address, fc.nat(128), fc.boolean(), address).map(([from, length, same, other]) => ({
    list: `${from}/${from.includes(':') ? length : length % 33}`,
    caller: same ? from : other,
  }));
  await fc.assert(
    fc.asyncProperty(near, async ({ list, caller }) => {
      const network = readNetwork(list);
      if (network === null) return expect(addressIn(caller, [list])).toBe(false);
      const { rows } = await client.query('select $1::inet <<= any ($2::cidr[]) as held', [
        readAddress(caller),
        [network],
      ]);
      expect(addressIn(caller, [list])).toBe(rows[0].held);
    }),
    { numRuns: 400 },
  );
});
