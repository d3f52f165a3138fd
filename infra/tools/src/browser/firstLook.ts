import assert from 'node:assert/strict';
import { graphiqlOf } from './graphiqlPage.ts';
import type { Stage } from './stage.ts';

/**
 * What a newcomer does with the page: lets it complete a word, runs the two examples as shown, reads the documentation.
 */
export async function lookAround({ graphiql, demoPassword, step }: Stage): Promise<void> {
  const { page } = graphiql;
  let token = '';

  await step('the example SignIn logs the demo partner in, once the password is typed', async () => {
    await graphiql.fillLastQuotes('Variables', demoPassword);
    const { data } = await graphiql.press();
    const { session, userErrors } = data.sessionCreate;
    assert.deepEqual(userErrors, []);
    assert.deepEqual(session.membership.accountName, 'Agence Lumière');
    token = session.accessToken;
    return page;
  });

  await step('the example Dashboard shows 12 clients, once the token is in its headers', async () => {
    await graphiql.openTab('Dashboard');
    await graphiql.fillLastQuotes('Headers', token);
    const { data, errors } = await graphiql.press();
    assert.equal(errors, undefined);
    const { nodes } = data.viewer.account.clients;
    assert.equal(nodes.length, 12);
    assert.deepEqual(
      nodes[0].wallets.map(({ kind, balance }: { kind: string; balance: number }) => [kind, balance > 0]),
      [
        ['SMS', true],
        ['TRACKER', true],
      ],
    );
    assert.equal(nodes[0].trackers.nodes[0].payer.name, 'Agence Lumière');
    return page;
  });

  await step('a word that is begun is completed from the schema', async () => {
    await page.getByLabel('New tab').click();
    const editor = await graphiql.editor('query');
    await editor.click({ position: { x: 120, y: 12 } });
    await page.keyboard.press('Control+A');
    await page.keyboard.type('{ vie');
    await page.locator('.suggest-widget.visible .monaco-list-row', { hasText: 'viewer' }).first().waitFor();
    return page;
  });

  await step('what is typed key by key runs, and says that nobody is logged in', async () => {
    await page.keyboard.press('Enter');
    await page.keyboard.type(' { user { email } } ');
    const { errors } = await graphiql.press();
    assert.equal(errors?.[0]?.extensions?.code, 'UNAUTHENTICATED');
    return page;
  });

  await step('the documentation of a mutation can be read', async () => {
    await page.getByLabel('Show Documentation Explorer').click();
    const docs = page.locator('.graphiql-doc-explorer');
    await docs.getByText('Mutation', { exact: true }).click();
    await docs.getByText('eventsRecord', { exact: true }).click();
    await docs
      .getByText('each active tracker’s event costs one credit')
      .or(docs.getByText("each active tracker's event costs one credit"))
      .waitFor();
    await docs.getByText('EventsRecordInput', { exact: false }).first().waitFor();
    return page;
  });
  await page.getByLabel('Hide Documentation Explorer').click();

  await step('a reload keeps the tabs, not the headers with their tokens', async () => {
    await page.reload();
    await graphiqlOf(page);
    assert.deepEqual(await page.locator('.graphiql-tab-button').allInnerTexts(), ['SignIn', 'Dashboard', '<untitled>']);
    const kept = await page.evaluate<string>('JSON.stringify(sessionStorage) + JSON.stringify(localStorage)');
    assert.ok(!kept.includes(token), 'the token was kept');
    return page;
  });
}
