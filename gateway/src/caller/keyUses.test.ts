import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import { unreachable } from '@comptoir/shared/service/deadline.ts';
import { expect, test } from '@jest/globals';
import { testLog } from '../testing/graph.ts';
import { createKeyUses } from './keyUses.ts';

type Sent = { keyId: string; usedAt: string }[];

/** Identity as it looks from here when it answers, or does not. */
function identityThat(answers: boolean): { identity: Subgraph; sent: Sent[]; viewers: unknown[] } {
  const sent: Sent[] = [];
  const viewers: unknown[] = [];
  const identity: Subgraph = {
    name: 'identity',
    async execute({ variables }, viewer) {
      sent.push((variables as { input: { uses: Sent } }).input.uses);
      viewers.push(viewer);
      if (!answers) throw new Error('gone');
      return sent.length % 2 === 0 ? unreachable() : { data: { internalApiKeysUsed: { noted: true } } };
    },
  };
  return { identity, sent, viewers };
}

test('G15 each key once, with its latest use, a thousand a call at most', async () => {
  const { identity, sent, viewers } = identityThat(true);
  const uses = createKeyUses(identity, testLog);
  for (let round = 0; round < 2; round += 1) for (let n = 0; n < 2_500; n += 1) uses.used(`key ${n}`);
  expect(sent).toEqual([]);
  await uses.flush();
  expect(sent.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
  expect(viewers[0]).toMatchObject({ kind: 'SERVICE', service: 'gateway' });
  await uses.flush();
  expect(sent).toHaveLength(3);
});

test('G15 what identity does not take is dropped, and nobody is disturbed', async () => {
  const { identity, sent } = identityThat(false);
  const uses = createKeyUses(identity, testLog);
  uses.used('key');
  await uses.stop();
  expect(sent).toHaveLength(1);
  uses.used('key');
  await uses.flush();
  expect(sent).toHaveLength(1);
});
