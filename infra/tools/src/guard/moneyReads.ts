import assert from 'node:assert/strict';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { watchBooks } from '../torture/books.ts';
import { RECORD_EVENTS } from '../torture/load.ts';
import type { Client } from '../torture/place.ts';
import { type MoneyInstallation, openMoneyInstallation } from './moneyInstallation.ts';
import { COMMIT, expectSound } from './moneyPromises.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers of the graph.
type Answer = any;

const SUMS = `
  select (select count(*)::integer from (select from billing.ledger_entry group by kind having sum(amount) <> 0) as kinds) as crooked,
         (select coalesce(sum(balance), 0) from billing.wallet) = (select coalesce(sum(remaining), 0) from billing.lot) as lots,
         (select coalesce(sum(balance), 0) from billing.wallet) = (select coalesce(sum(amount), 0) from billing.ledger_entry where wallet_id is not null) as entries`;

/** Chargers and people who move credits to and fro, while somebody adds up all books: every read sums to zero. */
export async function zeroSumReads(forSeconds: number): Promise<void> {
  const installation = await openMoneyInstallation({ trackers: 3, credits: [0, 1_000_000, 1_000_000, 1_000_000] });
  try {
    const [a, b, c] = installation.place.clients as [Client, Client, Client];
    for (const [from, to] of [
      [a, b],
      [b, c],
      [c, a],
    ] as const)
      await openReach(installation, from, to);
    const until = performance.now() + forSeconds * 1_000;
    const stopped = (): boolean => performance.now() > until;
    const { clients } = installation.place;
    let [charged, moved, reads] = [0, 0, 0];
    const charge = async (client: Client): Promise<void> => {
      while (!stopped()) {
        const events = Array.from({ length: 20 }, (_none, at) => ({
          eventId: newId(),
          trackerId: client.trackerIds[at % 3],
          kind: 'SCAN',
        }));
        const reply = await installation.graph().ask<Answer>(RECORD_EVENTS, { input: { events } }, client.key);
        if (reply.failed === undefined) charged += 20;
      }
    };
    const move = async (from: Client, to: Client): Promise<void> => {
      while (!stopped()) if (await moveCredits(installation, from, to, 1 + (moved % 9))) moved += 1;
    };
    const violations: string[] = [];
    const read = async (): Promise<void> => {
      while (!stopped()) {
        const { rows } = await installation.product.admin.query(SUMS);
        reads += 1;
        if (rows[0].crooked !== 0 || !rows[0].lots || !rows[0].entries) violations.push(JSON.stringify(rows[0]));
      }
    };
    const [looks] = await Promise.all([
      watchBooks(installation.product.adminUrl, stopped, violations),
      read(),
      ...clients.map(charge),
      move(a, b),
      move(b, c),
      move(c, a),
    ]);
    console.log(
      `zero sum     ${forSeconds} s: ${charged} events charged, ${moved} allocations, meanwhile ${reads} reads of all sums and ${looks} runs of every check: ${violations.length} of them off`,
    );
    assert.deepEqual(violations, []);
    assert.ok(charged > 0 && moved > 0 && reads > 0);
    // Rounds have sealed while all of that went on.
    const { rows, checkpoints, problem } = await installation.verifySeals();
    console.log(
      `zero sum     ${rows} transactions were sealed meanwhile, with ${checkpoints} checkpoints: ${problem?.problem ?? 'the seals hold'}`,
    );
    assert.equal(problem, null);
    await expectSound(installation);
  } finally {
    await installation.product.stop();
  }
}

/** A partner may move credits to its client: the one account's reach is opened as partnerships do. */
async function openReach({ product: { admin } }: MoneyInstallation, from: Client, to: Client): Promise<void> {
  for (const verb of ['READ', 'WRITE'])
    await admin.query(`insert into access.reach values ($1, $2, 'BILLING', $3, '[2020-01-01,)', $4)`, [
      from.accountId,
      to.accountId,
      verb,
      newId(),
    ]);
}

async function moveCredits(
  installation: MoneyInstallation,
  from: Client,
  to: Client,
  credits: number,
): Promise<boolean> {
  const { graph } = installation;
  const input = { fromAccountId: from.accountId, toAccountId: to.accountId, kind: 'TRACKER', credits };
  const quoted = await graph().ask<Answer>(
    'mutation ($input: CreditsAllocateQuoteInput!) { creditsAllocateQuote(input: $input) { quote { token } userErrors { code } } }',
    { input },
    from.key,
  );
  const token = quoted.answered?.quote?.token;
  if (token === undefined) {
    if (quoted.answered?.userErrors?.length > 0)
      throw new Error(`An allocation was refused: ${JSON.stringify(quoted.answered.userErrors)}`);
    return false;
  }
  const done = await graph().ask<Answer>(COMMIT, { input: { token, idempotencyKey: newId() } }, from.key);
  return done.answered?.quote?.state === 'COMMITTED';
}
