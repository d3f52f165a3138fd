import { staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type BillingFixture, startBilling } from '../../testing/billingFixture.ts';

let billing: BillingFixture;
beforeAll(async () => {
  billing = await startBilling();
});
afterAll(() => billing.stop());

const QUOTES = `query ($of: [_Any!]!, $first: Int, $after: String) { _entities(representations: $of) { ... on Account {
  quotes(first: $first, after: $after) { nodes { id state token profile { id } payment { id } invoice { id } lines { description } } pageInfo { endCursor hasNextPage } }
  subscription { id history(first: $first) { nodes { id quote { id } invoice { id } } } } } } }`;

test('quotes are paged, newest first, with as many statements for many as for one', async () => {
  const accounts = [await billing.openAccount(), await billing.openAccount()];
  const viewer = staffViewer();
  const sandbox = { priceVersion: 'V1', product: 'EM', plan: 'SANDBOX' };
  const made: string[] = [];
  for (const accountId of [accounts[0], ...accounts, accounts[0]]) {
    const query = `mutation ($input: SubscriptionCreateQuoteInput!) { subscriptionCreateQuote(input: $input) { quote { id token } userErrors { code } } }`;
    const { data } = await billing.execute(query, { input: { accountId, ...sandbox } }, viewer);
    const { quote } = (data as Answer).subscriptionCreateQuote;
    if (accountId === accounts[0]) made.unshift(quote.id);
  }
  const ask = async (of: (string | undefined)[], variables: object): Promise<{ data: Answer; statements: number }> => {
    billing.statements();
    const representations = of.map((id) => ({ __typename: 'Account', id }));
    const { data, errors } = await billing.execute(QUOTES, { of: representations, ...variables }, viewer);
    expect(errors).toBeUndefined();
    return { data: (data as Answer)._entities, statements: billing.statements().length };
  };
  const one = await ask([accounts[0]], { first: 1 });
  const all = await ask(accounts, { first: 100 });
  expect(all.statements).toBe(one.statements);
  expect(all.data[0].quotes.nodes.map(({ id }: Answer) => id)).toEqual(made);
  const { endCursor, hasNextPage } = one.data[0].quotes.pageInfo;
  expect(hasNextPage).toBe(true);
  const next = await ask([accounts[0]], { first: 100, after: endCursor });
  expect(next.data[0].quotes.nodes.map(({ id }: Answer) => id)).toEqual(made.slice(1));
});
