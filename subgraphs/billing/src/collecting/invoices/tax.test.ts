import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lesser } from '../../books/money/money.ts';
import { creditedTax, spread, taxOn } from './tax.ts';

test('P the credit notes of an invoice give back exactly the tax that it had, however it is split', () => {
  const parts = fc.array(fc.bigInt(1n, 100_000n), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(parts, fc.integer({ min: 0, max: 10_000 }), (nets, basisPoints) => {
      let credited = 0n;
      let back = 0n;
      for (const net of nets) {
        const tax = creditedTax(credited, net, basisPoints);
        expect(tax).toBeGreaterThanOrEqual(0n);
        credited += net;
        back += tax;
      }
      expect(back).toBe(taxOn(credited, basisPoints));
    }),
  );
});

test('the tax is rounded half up on the invoice as a whole', () => {
  expect([taxOn(1_999n, 2_000), taxOn(5n, 1_000), taxOn(0n, 2_000), taxOn(12_345n, 0)]).toEqual([400n, 1n, 0n, 0n]);
});

test('P an amount is split in proportion, to the cent: it adds up, and nobody gives more than there is', () => {
  const parts = fc.array(fc.bigInt(0n, 1_000_000n), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(parts, fc.bigInt(0n, 20_000_000n), (left, amount) => {
      const whole = left.reduce((sum, part) => sum + part, 0n);
      const shares = spread(amount, left);
      expect(shares.reduce((sum, share) => sum + share, 0n)).toBe(lesser(amount, whole));
      for (const [at, share] of shares.entries()) {
        const part = left[at] as bigint;
        expect(share >= 0n && share <= part).toBe(true);
        // Never a whole unit off what is exactly in proportion.
        if (amount < whole) {
          const off = share * whole - amount * part;
          expect(off < whole && -off < whole).toBe(true);
        }
      }
    }),
  );
});
