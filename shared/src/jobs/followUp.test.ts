import { expect, test } from '@jest/globals';
import pino from 'pino';
import { followUp } from './followUp.ts';

const log = pino({ level: 'silent' });

test('what follows is done at once, and again while there is time', async () => {
  let asked = 0;
  const failing = (failures: number) => async () => {
    asked += 1;
    if (asked <= failures) throw new Error('down');
  };
  expect(await followUp('x', failing(0), log)).toBe(true);
  expect(asked).toBe(1);
  asked = 0;
  expect(await followUp('x', failing(2), log)).toBe(true);
  expect(asked).toBe(3);
  asked = 0;
  expect(await followUp('x', failing(1), log, { attempts: 1 })).toBe(false);
  expect(asked).toBe(1);
});

test('who waits gets an answer in time, whatever becomes of the work; its failure afterwards disturbs nobody', async () => {
  const never = Promise.withResolvers<void>();
  expect(await followUp('x', () => never.promise, log, { withinMs: 20 })).toBe(false);
  never.reject(new Error('much later'));
  expect(await followUp('x', async () => Promise.reject(new Error('down')), log, { withinMs: 20 })).toBe(false);
});
