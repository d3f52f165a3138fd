import { isDeepStrictEqual } from 'node:util';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { until } from './until.ts';

/** What one run of an operation answers, as the result pane shows it. */
// biome-ignore lint/suspicious/noExplicitAny: an answer is what was asked for; a wrong shape fails the step.
export type Answer = { data?: any; errors?: { message: string; extensions?: { code?: string; rule?: string } }[] };

/** GraphiQL as a person has it: typing into its editors, the Run button, the result pane. */
export type Graphiql = {
  page: Page;
  /** Types an operation of its own with its variables, as the bearer of that token, and runs it. */
  run(operation: string, variables: unknown, token: string | null): Promise<Answer>;
  /** Runs what the editors hold. */
  press(): Promise<Answer>;
  openTab(title: string): Promise<void>;
  /** Puts the cursor before the last quote of the variables or headers, and types there. */
  fillLastQuotes(tool: 'Variables' | 'Headers', text: string): Promise<void>;
  editor(which: 'query' | 'Variables' | 'Headers'): Promise<Locator>;
};

/** Opens the page and waits until its editors stand. */
export async function openGraphiql(context: BrowserContext, url: string): Promise<Graphiql> {
  const page = await context.newPage();
  await page.goto(url);
  return await graphiqlOf(page);
}

/** GraphiQL in a page that was opened already, for example by a link. */
export async function graphiqlOf(page: Page): Promise<Graphiql> {
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  await page.locator('.result-window .monaco-editor').waitFor();
  return graphiql(page);
}

function graphiql(page: Page): Graphiql {
  async function editor(which: 'query' | 'Variables' | 'Headers'): Promise<Locator> {
    if (which === 'query') return page.locator('.graphiql-query-editor .monaco-editor').first();
    await page.locator('.graphiql-editor-tools button', { hasText: which }).click();
    return page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .monaco-editor').first();
  }

  /** Clicks into an editor, beside what its margin and buttons take. */
  const enter = async (which: 'query' | 'Variables' | 'Headers'): Promise<void> =>
    await (await editor(which)).click({ position: { x: 120, y: 12 } });

  /** As somebody pastes it: what is typed key by key is completed by the editor. */
  async function replace(which: 'query' | 'Variables' | 'Headers', text: string): Promise<void> {
    await enter(which);
    await page.keyboard.press('Control+A');
    if (text === '') await page.keyboard.press('Delete');
    else await paste(page, text);
  }

  async function press(): Promise<Answer> {
    // Meanwhile the page may be asking for the schema.
    const answered = page.waitForResponse(
      (response) => response.request().method() === 'POST' && !response.request().postData()?.includes('__schema'),
    );
    await page.locator('button.graphiql-execute-button').click();
    const answer = JSON.parse(await (await answered).text()) as Answer;
    await until('the result pane shows the answer', async () =>
      isDeepStrictEqual(essence(await shown(page)), essence(answer)),
    );
    return answer;
  }

  let bearer: string | null = null;

  return {
    page,
    editor,
    async run(operation, variables, token) {
      await page.bringToFront();
      await replace('query', operation);
      if (token !== bearer) {
        await replace('Headers', token === null ? '{}' : JSON.stringify({ Authorization: `Bearer ${token}` }, null, 2));
        bearer = token;
      }
      await replace('Variables', variables === undefined ? '' : JSON.stringify(variables, null, 2));
      return await press();
    },
    press,
    async openTab(title) {
      await page.locator('.graphiql-tab-button', { hasText: title }).click();
      bearer = null;
    },
    async fillLastQuotes(tool, text) {
      await enter(tool);
      const held = await copied(page);
      await page.keyboard.press('Control+End');
      for (let at = held.length; at > held.lastIndexOf('"'); at -= 1) await page.keyboard.press('ArrowLeft');
      await (tool === 'Headers' ? paste(page, text) : page.keyboard.type(text));
    },
  };
}

/** GraphiQL leaves the places of errors in the document out. */
const essence = (answer: Answer | null): Answer | null =>
  answer && {
    data: answer.data,
    errors: answer.errors?.map(({ message, extensions }) => ({ message, extensions })),
  };

/**
 * What the result pane holds, taken as a person takes it: it draws only the lines that fit. Null while it is not JSON.
 */
async function shown(page: Page): Promise<Answer | null> {
  await page.locator('.result-window .monaco-editor').click({ position: { x: 120, y: 12 } });
  try {
    return JSON.parse(await copied(page)) as Answer;
  } catch {
    return null;
  }
}

/** The whole text of the editor that has the cursor, which stays at its beginning. */
async function copied(page: Page): Promise<string> {
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Control+C');
  await page.keyboard.press('Control+Home');
  return await page.evaluate<string>('navigator.clipboard.readText()');
}

async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
  await page.keyboard.press('Control+V');
}
