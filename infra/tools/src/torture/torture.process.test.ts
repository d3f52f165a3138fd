import { ownServerFolder } from '@comptoir/testing/ownServers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openTortureInstallation, type TortureInstallation } from './installation.ts';
import { torture } from './torture.ts';

/** What a busy machine takes long for is no loss. */
const PATIENCE_MS = 60_000;

/** The short form of `npm run torture`: five processes and a database server of their own. */
let installation: TortureInstallation;
beforeAll(async () => {
  installation = await openTortureInstallation(
    { trackers: 4, credits: [100_000, 10_000, 10_000, 200] },
    { folder: await ownServerFolder(), env: { SUBGRAPH_TIMEOUT_MS: String(PATIENCE_MS) } },
  );
});
afterAll(() => installation?.stop());

test('services are killed and the database crashes under load: nothing acknowledged is lost or doubled, and the books balance in every read', async () => {
  const { violations, acknowledged, strikes, bookLooks } = await torture(installation, {
    kills: 6,
    crashes: 1,
    operations: 300,
    writers: 4,
    seed: 7,
    // How long it takes is not for a test to say, which others keep busy: `npm run torture` holds the second that GUARD
    // promises.
    recoverWithinMs: PATIENCE_MS,
    answerWithinMs: PATIENCE_MS,
    giveUpAfterMs: 3 * PATIENCE_MS,
    leftovers: 'AGE',
    tell: () => undefined,
  });
  expect(violations).toEqual([]);
  expect(acknowledged).toBeGreaterThanOrEqual(300);
  expect([...strikes.kills.values()].reduce((sum, times) => sum + times, 0)).toBe(6);
  expect(strikes.crashes).toBe(1);
  expect(bookLooks).toBeGreaterThan(10);
});
