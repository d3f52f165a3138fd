import assert from 'node:assert/strict';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { crowd } from '@comptoir/testing/crowd.ts';
import { PATIENCE_MS } from '@comptoir/testing/testInstallation.ts';
import { personViewer } from '@comptoir/testing/viewers.ts';
import { checkBooks, readChecks } from '../torture/books.ts';
import { askUntilAnswered, type Reply } from '../torture/graph.ts';
import { RECORD_EVENTS } from '../torture/load.ts';
import type { Client } from '../torture/place.ts';
import { type MoneyInstallation, openMoneyInstallation } from './moneyInstallation.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers of the graph.
type Answer = any;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

export async function expectSound({ product: { admin } }: MoneyInstallation): Promise<number> {
  const checks = await readChecks();
  assert.deepEqual(await checkBooks(admin, checks), []);
  return checks.length;
}

const counted = (names: readonly string[]): string =>
  [...Map.groupBy(names, (name) => name)].map(([name, list]) => `${list.length} ${name}`).join(', ');

/** 5,000 debits of 1 at once on a balance of 1,000, run after run: exactly 1,000 are accepted. */
export async function overdraft(runs: number): Promise<void> {
  const installation = await openMoneyInstallation({
    trackers: 3,
    credits: [0, ...Array<number>(runs).fill(900)] as [number],
  });
  try {
    for (let run = 0; run < runs; run += 1) {
      const client = installation.place.clients[run] as Client;
      const from = performance.now();
      const outcomes = await crowd(
        Array.from({ length: 5_000 }, (_none, at) => () => {
          const events = [{ eventId: newId(), trackerId: client.trackerIds[at % 3], kind: 'SCAN' }];
          return askUntilAnswered<{ results: Answer[] }>(
            () => installation.graph().ask(RECORD_EVENTS, { input: { events } }, client.key),
            { withinMs: PATIENCE_MS },
          );
        }),
        100,
      );
      const took = performance.now() - from;
      const names = outcomes.map((payload) => payload?.results[0]?.code ?? payload?.results[0]?.outcome ?? 'NO ANSWER');
      const { rows } = await installation.product.admin.query(
        `select balance::integer as balance, (select count(*)::integer from billing.charge where payer_id = $1) as charges
         from billing.wallet where account_id = $1`,
        [client.accountId],
      );
      console.log(
        `overdraft    run ${run + 1}: 5,000 debits of 1, 100 under way at a time, on 1,000: ${counted(names)}; balance ${rows[0].balance}, ${rows[0].charges} charges; ${seconds(took)}`,
      );
      assert.deepEqual(rows[0], { balance: 0, charges: 1_000 });
      assert.equal(names.filter((name) => name === 'ACCEPTED' || name === 'REPLAYED').length, 1_000);
      assert.deepEqual(installation.graph().bugs, []);
    }
    console.log(`overdraft    afterwards ${await expectSound(installation)} checks of the books find nothing`);
  } finally {
    await installation.product.stop();
  }
}

const GRANT = `mutation ($input: CreditsGrantInput!) { creditsGrant(input: $input) { lot { id } userErrors { code } } }`;
export const COMMIT = `mutation ($input: QuoteCommitInput!) { quoteCommit(input: $input) { quote { id state invoice { number } } userErrors { code } } }`;

/** What came of calls, in words: the answer with its ids, or the code of what was refused. */
function told(replies: readonly Reply<Answer>[]): { names: string[]; answers: Set<string> } {
  const answers = new Set<string>();
  const names = replies.map((reply) => {
    if (reply.failed !== undefined) return reply.failed.code ?? 'NO ANSWER';
    const [refused] = reply.answered.userErrors;
    if (refused !== undefined) return refused.code as string;
    answers.add(JSON.stringify(reply.answered));
    return 'stored answer';
  });
  return { names, answers };
}

/** One idempotency key 1,000 times at once, again after a restart, with another input, and by another account. */
async function replay(
  installation: MoneyInstallation,
  what: string,
  ask: {
    query: string;
    input: Record<string, unknown>;
    token: string;
    otherInput: Record<string, unknown>;
    otherToken: string;
  },
  effects: () => Promise<number>,
): Promise<void> {
  const { query, input, token } = ask;
  const before = await effects();
  const at = async (when: string): Promise<Set<string>> => {
    const from = performance.now();
    const replies = await Promise.all(
      Array.from({ length: 1_000 }, () => installation.graph().ask<Answer>(query, { input }, token)),
    );
    const { names, answers } = told(replies);
    const made = (await effects()) - before;
    console.log(
      `replay       ${what}, 1,000 at once ${when}: ${counted(names)}; ${made} effect; ${seconds(performance.now() - from)}`,
    );
    assert.equal(made, 1);
    assert.deepEqual(installation.graph().bugs, []);
    return answers;
  };
  const first = await at('on a fresh key');
  await installation.restart();
  const again = await at('after a restart');
  assert.equal(first.union(again).size, 1);
  const other = await installation.graph().ask<Answer>(query, { input: ask.otherInput }, token);
  assert.equal(other.answered?.userErrors[0]?.code, 'IDEMPOTENCY_KEY_REUSED');
  // Whose answer is FORBIDDEN is no bug here.
  const others = await installation.graph().ask<Answer>(query, { input }, ask.otherToken);
  installation.graph().bugs.length = 0;
  console.log(
    `replay       ${what}, the key with another input: ${other.answered?.userErrors[0]?.code}; the same key and input of another account: ${
      told([others]).names[0]
    }`,
  );
}

export async function replays(): Promise<void> {
  const installation = await openMoneyInstallation({ trackers: 1, credits: [0, 0, 0] });
  try {
    const [client, other] = installation.place.clients as [Client, Client];
    const counting = (sql: string, id: string) => async (): Promise<number> =>
      (await installation.product.admin.query(`select count(*)::integer as count from billing.${sql}`, [id])).rows[0]
        .count;
    const grant = { accountId: client.accountId, kind: 'TRACKER', credits: 5, reason: 'TEST', idempotencyKey: newId() };
    await replay(
      installation,
      'creditsGrant',
      {
        query: GRANT,
        input: grant,
        token: installation.place.staffKey,
        otherInput: { ...grant, credits: 6 },
        otherToken: other.key,
      },
      counting(`lot l join billing.wallet w on w.id = l.wallet_id where w.account_id = $1`, client.accountId),
    );

    const tokens = [await quoteOf(installation, client), await quoteOf(installation, client)] as const;
    const commit = { token: tokens[0], idempotencyKey: newId() };
    await replay(
      installation,
      'quoteCommit by card',
      {
        query: COMMIT,
        input: commit,
        token: client.key,
        otherInput: { ...commit, token: tokens[1] },
        otherToken: other.key,
      },
      counting('invoice where payer_id = $1', client.accountId),
    );
    const { rows } = await installation.product.admin.query(
      `select (select count(*) from billing.payment where state = 'APPROVED')::integer as payments,
              (select count(*) from billing.ledger_transaction where type = 'PURCHASE')::integer as purchases`,
    );
    console.log(
      `replay       quoteCommit by card: ${rows[0].payments} payment, ${rows[0].purchases} purchase in the books`,
    );
    assert.deepEqual(rows[0], { payments: 1, purchases: 1 });
    console.log(`replay       afterwards ${await expectSound(installation)} checks of the books find nothing`);
  } finally {
    await installation.product.stop();
  }
}

/** The token of a quote for a pack of credits, paid by a card that is charged without question. */
async function quoteOf(installation: MoneyInstallation, client: Client): Promise<string> {
  const { billing } = installation.product.subgraphs;
  const viewer = personViewer({ accountId: client.accountId });
  const ask = async (query: string, input: object): Promise<Answer> => {
    const { data, errors } = await billing.execute({ query, variables: { input } }, viewer);
    const payload = Object.values(data ?? {})[0] as Answer;
    if (errors !== undefined || payload?.userErrors?.length > 0)
      throw new Error(JSON.stringify(errors ?? payload.userErrors));
    return payload;
  };
  const { profile } = await ask(
    'mutation ($input: BillingProfileCreateInput!) { billingProfileCreate(input: $input) { profile { id } userErrors { code } } }',
    {
      name: newId(),
      currency: 'EUR',
      email: 'bills@example.org',
      legalName: 'Example',
      addressLines: ['1 rue des Lilas'],
      country: 'FR',
    },
  );
  await ask(
    'mutation ($input: BillingProfileCardSetInput!) { billingProfileCardSet(input: $input) { userErrors { code } } }',
    {
      profileId: profile.id,
      token: 'tok_approved',
    },
  );
  const { rows } = await installation.product.admin.query(
    `select id from billing.credit_pack where kind = 'TRACKER' order by credits limit 1`,
  );
  const { quote } = await ask(
    'mutation ($input: CreditsBuyQuoteInput!) { creditsBuyQuote(input: $input) { quote { token } userErrors { code } } }',
    { profileId: profile.id, packId: rows[0].id, quantity: 1 },
  );
  return quote.token;
}
