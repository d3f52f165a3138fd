import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Watch } from './chromium.ts';
import type { Answer, Graphiql } from './graphiqlPage.ts';
import type { MailPage } from './mailPage.ts';

/** What the journey plays on. */
export type Stage = {
  url: string;
  demoPassword: string;
  graphiql: Graphiql;
  mails: MailPage;
  step: Step;
  /** Takes a further picture within a step. */
  picture(page: Page, name: string): Promise<void>;
};
/**
 * Runs one step, tells it with its time, and takes a picture of the page that it gives. Throws when anything happened
 * that must not.
 */
export type Step = (name: string, play: () => Promise<Page>) => Promise<void>;

/** `pictures` is emptied first: it holds the last run's only. */
export async function createSteps(
  { offences }: Watch,
  pictures: string,
  tell: (sentence: string) => void,
  signal: AbortSignal,
): Promise<Pick<Stage, 'step' | 'picture'> & { taken(): number }> {
  await rm(pictures, { recursive: true, force: true });
  await mkdir(pictures, { recursive: true });
  let taken = 0;
  const picture = async (page: Page, name: string): Promise<void> => {
    taken += 1;
    const file = `${String(taken).padStart(2, '0')}-${name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 60)}.png`;
    await page.bringToFront();
    await page.screenshot({ path: join(pictures, file) });
  };
  return {
    picture,
    taken: () => taken,
    async step(name, play) {
      signal.throwIfAborted();
      await picture(await play(), name);
      if (offences.length > 0) throw new Error(`In "${name}":\n${offences.map((one) => `  ${one}`).join('\n')}`);
      tell(name);
    },
  };
}

/** The one mutation's payload; throws when there are errors of either sort. */
// biome-ignore lint/suspicious/noExplicitAny: see `Answer`.
export function done({ data, errors }: Answer): any {
  if (errors !== undefined) throw new Error(`It answered ${JSON.stringify(errors)}`);
  const [payload] = Object.values(data) as { userErrors?: unknown[] }[];
  if (payload?.userErrors?.length !== 0) throw new Error(`It answered ${JSON.stringify(payload)}`);
  return payload;
}
