import { expect, test } from '@jest/globals';
import { takeTurn } from './guessing.ts';
import { HASHES_AT_ONCE, WAIT_MS, WAITING_OF_NETWORK } from './lanes.ts';
import type { Guess } from './loginGuessStore.ts';

const guess = (name: string, network = '192.0.2.1'): Guess => ({
  email: `${name}@example.test`,
  emailHash: name,
  network,
  at: new Date('2026-11-01T12:00:00Z'),
});
const OVERLOADED = { extensions: { code: 'OVERLOADED' } };

test('GUARD a log-in that has waited longer than the gateway waits is refused and not begun, in either line', async () => {
  const begun: string[] = [];
  const held = Promise.withResolvers<void>();
  const takenBy = (name: string, arrivedAt?: number): Promise<void> =>
    takeTurn(
      guess(name),
      async () => {
        begun.push(name);
        await held.promise;
      },
      arrivedAt,
    );
  await expect(takenBy('late', performance.now() - WAIT_MS)).rejects.toMatchObject(OVERLOADED);

  const names = Array.from({ length: HASHES_AT_ONCE + 1 }, (_, at) => `held ${at}`);
  const inside = names.map((name) => takenBy(name));
  // Who came at once and waits behind them has all of its time.
  let isOver = false;
  const patient = takenBy('patient').finally(() => {
    isOver = true;
  });
  const nearlyLate = performance.now() - WAIT_MS + 50;
  await expect(takenBy('held 0', nearlyLate)).rejects.toMatchObject(OVERLOADED);
  await expect(takenBy('other', nearlyLate)).rejects.toMatchObject(OVERLOADED);
  expect(isOver).toBe(false);
  held.resolve();
  await Promise.all([...inside, patient]);
  expect(begun).toEqual([...names, 'patient']);
});

test('A47 log-ins of one person take turns; beyond twenty they are refused', async () => {
  const held = Promise.withResolvers<void>();
  let atOnce = 0;
  const all = Array.from({ length: 22 }, () =>
    takeTurn(guess('one'), async () => {
      expect(++atOnce).toBe(1);
      await held.promise;
      atOnce -= 1;
    }),
  );
  held.resolve();
  const refused = (await Promise.allSettled(all)).filter(({ status }) => status === 'rejected');
  expect(refused).toMatchObject([{ reason: OVERLOADED }, { reason: OVERLOADED }]);
});

test('GUARD one network does not hold the whole line of log-ins: others still find a place', async () => {
  const held = Promise.withResolvers<void>();
  const room = HASHES_AT_ONCE + 1 + WAITING_OF_NETWORK;
  const crowd = Array.from({ length: room + 5 }, (_, at) => takeTurn(guess(`crowd ${at}`), () => held.promise));
  const other = takeTurn(guess('other', '198.51.100.7'), async () => 'in');
  held.resolve();
  const refused = (await Promise.allSettled(crowd)).filter(({ status }) => status === 'rejected');
  expect(refused).toMatchObject(Array(5).fill({ reason: OVERLOADED }));
  expect(await other).toBe('in');
});
