import type { BrowserContext, Page } from 'playwright-core';

/** The page on which the local mail server shows what it caught. */
export type MailPage = {
  page: Page;
  /** Waits for the mail, opens it as a person does, and gives what its HTML shows. */
  open(to: string, subject: string): Promise<OpenMail>;
};
export type OpenMail = {
  language: string | null;
  text: string;
  /** What its HTML gives to those who use the API. */
  token: string | null;
  /** Clicks on the link, which opens in a page of its own. */
  follow(): Promise<Page>;
};

export async function openMailPage(context: BrowserContext, url: string): Promise<MailPage> {
  const page = await context.newPage();
  await page.goto(url);
  return {
    page,
    async open(to, subject) {
      await page.bringToFront();
      // What arrives is shown at once, without a reload.
      const item = page.locator('.email-item', { hasText: subject }).filter({ hasText: to });
      await item.first().click();
      await page.locator('.email-item.current', { hasText: subject }).waitFor();
      const frame = page.locator('iframe.panel-html');
      const id = new URL(page.url()).hash.split('/').at(-1) as string;
      await page.locator(`iframe.panel-html[src*="${id}"]`).waitFor();
      const body = frame.contentFrame();
      const anchor = body.locator('a');
      await anchor.waitFor();
      const code = body.locator('code');
      return {
        language: await body.locator('html').getAttribute('lang'),
        text: (await body.locator('body').textContent()) ?? '',
        token: (await code.count()) === 0 ? null : await code.textContent(),
        async follow() {
          // The page makes links open elsewhere, half a second after it shows the mail.
          await body.locator('base[target=_blank]').waitFor({ state: 'attached' });
          const opened = context.waitForEvent('page');
          await anchor.click();
          return await opened;
        },
      };
    },
  };
}
