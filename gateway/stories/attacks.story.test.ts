import { ATTACKS } from '@comptoir/testing/attacks/attacks.ts';
import { isRefusal, sendAttack } from '@comptoir/testing/attacks/sendAttack.ts';
import { openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Agent } from 'undici';

/**
 * GUARD: cheap attacks stay cheap. Here, that each is refused in our own words; how fast, and that no one else notices,
 * is measured by `npm run guard -- installation attacks`.
 */
let installation: TestInstallation;
const agent = new Agent();

beforeAll(async () => {
  installation = await openTestInstallation();
});
afterAll(async () => {
  await agent.destroy();
  await installation?.stop();
});

test.each(ATTACKS.map((attack) => [attack.name, attack] as const))('%s is refused as JSON', async (_name, attack) => {
  const answer = await sendAttack(installation.url, agent, attack);
  expect({ ...answer, refused: isRefusal(answer) }).toMatchObject({ refused: true });
  // Nothing of how we are made, and no bug of ours.
  expect(answer.text).not.toMatch(/incident|node_modules|at async |\/src\//);
});

test('afterwards everything is as before', async () => {
  const { status, data } = await installation.ask('{ __typename }');
  expect([status, data]).toEqual([200, { __typename: 'Query' }]);
});
