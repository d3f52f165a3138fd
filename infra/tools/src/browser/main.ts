import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REPOSITORY } from '@comptoir/launch/machine/repository.ts';
import { findChromium, HOW_TO_INSTALL, openChromium, watch } from './chromium.ts';
import { lookAround } from './firstLook.ts';
import { openGraphiql } from './graphiqlPage.ts';
import { inviteNewcomer } from './inviteNewcomer.ts';
import { openMailPage } from './mailPage.ts';
import { startOwnInstallation } from './ownInstallation.ts';
import { AGENCY, BAKERY, forgetPassword, signUp, signUpAgain } from './signUps.ts';
import { createSteps, type Stage } from './stage.ts';
import { takeOver } from './takeOver.ts';

/**
 * `npm run test:browser`: an installation of its own, and the whole journey of the product's main job in GraphiQL, in a
 * real Chromium: typed, run and read as people do. A picture of every step is left in `.comptoir/browser`. Ends with 1
 * when a step fails, when a page asks another host, reports an error or breaks its security policy, when there is no
 * Chromium, and after three minutes.
 */
const PICTURES = fileURLToPath(new URL('.comptoir/browser', REPOSITORY));
const LIMIT_MS = 180_000;

const began = performance.now();
const tell = (sentence: string): void =>
  void process.stdout.write(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${sentence}\n`);

const undo: (() => Promise<unknown>)[] = [];
let stopping: Promise<void> | null = null;
/** Undoes what was started, last first. What fails is told and does not keep the rest. */
function stop(): Promise<void> {
  stopping ??= (async () => {
    for (const one of undo.reverse()) {
      await one().catch((error: unknown) => tell(`While stopping: ${(error as Error).message}`));
    }
  })();
  return stopping;
}

const end = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => end.abort(new Error(`Stopped by ${signal}.`)));
}
const timer = setTimeout(() => end.abort(new Error(`It took longer than ${LIMIT_MS / 1000} s.`)), LIMIT_MS);

async function play(program: string): Promise<number> {
  const home = await mkdtemp(join(tmpdir(), 'comptoir-browser-'));
  undo.push(() => rm(home, { recursive: true, force: true }));
  const installation = await startOwnInstallation(join(home, 'installation'), end.signal);
  undo.push(() => installation.stop());
  tell(`an installation of its own runs at ${installation.url}`);

  const context = await openChromium(program, join(home, 'profile'));
  undo.push(() => context.close());
  const watched = await watch(context);
  const steps = await createSteps(watched, PICTURES, tell, end.signal);
  tell(`${program} runs, version ${context.browser()?.version()}`);

  const stage: Stage = {
    url: installation.url,
    demoPassword: installation.demoPassword,
    graphiql: await openGraphiql(context, `${installation.url}/graphql`),
    mails: await openMailPage(context, installation.mailUrl),
    ...steps,
  };
  try {
    await stage.graphiql.page.bringToFront();
    await lookAround(stage);
    const agency = await signUp(stage, AGENCY);
    const bakery = await signUp(stage, BAKERY);
    await signUpAgain(stage);
    await takeOver(stage, agency, bakery);
    await forgetPassword(stage);
    await inviteNewcomer(stage, bakery, 'ines@fournil-dupont.example', 'FR');
    await inviteNewcomer(stage, bakery, 'tom@fournil-dupont.example', 'EN');
  } catch (error) {
    const pages = end.signal.aborted ? [] : context.pages().filter((page) => page.url() !== 'about:blank');
    for (const page of pages) await steps.picture(page, `failed ${new URL(page.url()).pathname}`).catch(() => {});
    throw error;
  }
  return steps.taken();
}

const program = findChromium(process.env);
if (program === null) {
  process.stderr.write(`${HOW_TO_INSTALL}\n`);
  process.exit(1);
}
try {
  // Anyone who is being waited for when the end comes rejects by itself once everything is closed.
  const aborted = new Promise<never>((_resolve, reject) =>
    end.signal.addEventListener('abort', () => reject(end.signal.reason)),
  );
  const pictures = await Promise.race([play(program), aborted]);
  tell(`PASSED: the whole journey in the browser; ${pictures} pictures in ${PICTURES}`);
} catch (error) {
  process.exitCode = 1;
  tell(`FAILED: ${(error as Error).message}\n\nWhat could be seen is in ${PICTURES}`);
} finally {
  clearTimeout(timer);
  await stop();
}
process.exit();
