import { newId } from '@comptoir/shared/values/uuid.ts';
import { ALL_AREAS } from '@comptoir/shared/viewer/areas.ts';
import type { KeyViewer, PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { personViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  at,
  type Payer,
  PLUS,
  type SubscriptionFixture,
  startSubscriptions,
} from '../../testing/subscriptionFixture.ts';

// What a subscription says can be done with it, against what its mutations answer: every state of it, no matter who
// pays, no matter who asks.
let billing: SubscriptionFixture;
beforeAll(async () => {
  billing = await startSubscriptions();
});
afterAll(() => billing.stop());
const NOW = '2026-11-01T10:00:00.000Z';
beforeEach(() => at(billing, NOW));

type Said = { action: string; allowed: boolean; reason: string | null; rule: string | null };
type Answer = { code: string; message: string; rule: string | null } | null;

const OVER = `due_at = null, status = 'EXPIRED', expired_at`;
/** What becomes of a subscription, as its row says it, by name. */
const STATES: Record<string, string> = {
  active: '',
  disabled: `disabled_at = '${NOW}'`,
  cancelled: `status = 'CANCELLED', cancelled_at = '${NOW}'`,
  due: `due_at = '${NOW}'`,
  'cancelled and due': `status = 'CANCELLED', cancelled_at = '${NOW}', due_at = '${NOW}'`,
  'cancelled and expired': `${OVER} = '2026-10-01', cancelled_at = '2026-09-01'`,
  expired: `${OVER} = '2026-10-01'`,
  'expired, and renewed once': `${OVER} = '2026-10-01', trial_renewed_at = '2026-09-01'`,
  'expired a year ago': `${OVER} = '2025-10-01'`,
};
const KINDS = {
  PAID: PLUS,
  TRIAL: { priceVersion: 'V1', product: 'EM', plan: 'TRIAL' },
  SANDBOX: { priceVersion: 'V1', product: 'EM', plan: 'SANDBOX' },
};
const PAYERS = ['itself', 'its partner', 'a partner that left', 'its partner, with a profile that is gone'] as const;
const CIRCUMSTANCES = ['', 'while a change is being paid for', 'of a cancelled account'] as const;
/** Where not every state makes a difference. */
const STATES_OF: Record<string, string[]> = {
  'while a change is being paid for': ['active'],
  'of a cancelled account': ['active', 'cancelled', 'expired'],
};

/** A key that only tries things out: what it answers is what it would answer, and nothing is changed. */
const trying = (of: Partial<KeyViewer> & { accountId: string }): KeyViewer => ({
  kind: 'KEY',
  keyId: newId(),
  userId: newId(),
  membershipId: newId(),
  role: 'OWNER',
  areas: ALL_AREAS,
  requestId: newId(),
  address: '127.0.0.1',
  networks: [],
  preview: true,
  ...of,
});

type House = { agency: Payer; client: Payer; spare: Payer; reader: Payer };
let installation: House;
beforeAll(async () => {
  at(billing, NOW);
  const [agency, spare, reader] = [await billing.payer(), await billing.payer(), await billing.payer()];
  installation = { agency, spare, reader, client: agency };
});

async function subscribed(kind: keyof typeof KINDS, payer: (typeof PAYERS)[number]): Promise<House> {
  const client = await billing.payer();
  const { agency, spare, reader } = installation;
  await billing.partner(agency.accountId, client.accountId);
  await billing.partner(reader.accountId, client.accountId);
  await billing.admin.query(`delete from access.reach where holder = $1 and account = $2 and verb = 'WRITE'`, [
    reader.accountId,
    client.accountId,
  ]);
  const by = payer === 'itself' ? client : agency;
  const { accountId } = client;
  await billing.done('subscriptionCreateQuote', { accountId, profileId: by.profile.id, ...KINDS[kind] }, by.viewer);
  if (payer === 'a partner that left')
    await billing.admin.query(
      `update access.reach set valid = tstzrange('2020-01-01', '2026-10-31') where holder = $1 and account = $2`,
      [agency.accountId, accountId],
    );
  if (payer === 'its partner, with a profile that is gone') {
    const gone = await billing.payer({ accountId: agency.accountId });
    await billing.admin.query(
      `update billing_profile set deleted_at = '${NOW}', card_customer = null, card_method = null, card_brand = null, card_last_four = null,
         card_expiry_month = null, card_expiry_year = null where id = $1`,
      [gone.profile.id],
    );
    await billing.admin.query('update subscription set profile_id = $2, cycle_profile_id = $2 where account_id = $1', [
      accountId,
      gone.profile.id,
    ]);
  }
  return { agency, client, spare, reader };
}

/** Sends a mutation and gives its first user error; null when there is none. What the shield refuses is one too. */
async function answer(operation: string, input: object, viewer: KeyViewer | PersonViewer): Promise<Answer> {
  const type = `${operation[0]?.toUpperCase()}${operation.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${operation}(input: $input) { userErrors { code message rule } } }`;
  const { data, errors } = await billing.execute(query, { input }, viewer);
  if (errors !== undefined && errors.length > 0)
    return { code: String(errors[0]?.extensions.code), message: '', rule: '' };
  return ((data as never)[operation] as { userErrors: Answer[] }).userErrors[0] ?? null;
}

/** Ways to ask for each action: where one of them is not refused, the action is allowed. */
const waysOf = (
  action: string,
  { client: { accountId, profile }, ...by }: House,
  viewer: KeyViewer,
): [string, object][] => {
  const own = [by.agency, by.spare, by.reader].find((one) => one.accountId === viewer.accountId);
  const profileId = own?.profile.id ?? profile.id;
  switch (action) {
    case 'CHANGE':
      return [
        ['subscriptionChangeQuote', { accountId, plan: 'STARTER' }],
        ['subscriptionChangeQuote', { accountId, plan: 'PROFESSIONAL' }],
        ['subscriptionChangeQuote', { accountId, ...PLUS, profileId }],
        // Anyone who is let into its billing may prepare what the account pays itself.
        ['subscriptionChangeQuote', { accountId, ...PLUS, profileId: profile.id }],
      ];
    case 'RENEW':
      return [['subscriptionRenewQuote', { accountId }]];
    case 'CANCEL':
      return [['subscriptionCancel', { accountId, reason: 'We try it out' }]];
    case 'DISABLE':
      return [['subscriptionDisable', { accountId }]];
    case 'ENABLE':
      return [['subscriptionEnable', { accountId }]];
    default:
      return [['billingProfileChoose', { accountId, profileId }]];
  }
};

const cases = [
  ...PAYERS.map((payer) => ({ kind: 'PAID' as const, payer })),
  ...PAYERS.map((payer) => ({ kind: 'TRIAL' as const, payer })),
  { kind: 'SANDBOX' as const, payer: PAYERS[0] },
];

test.each(cases)(
  'A10 N09 of a $kind subscription paid by $payer, what is said to be possible is what the mutations answer',
  async ({ kind, payer }) => {
    const wrong: string[] = [];
    let asked = 0;
    let allowedOnes = 0;
    for (const circumstance of CIRCUMSTANCES) {
      const of = await subscribed(kind, payer);
      const { accountId } = of.client;
      const [{ id }] = (await billing.admin.query('select id from subscription where account_id = $1', [accountId]))
        .rows;
      const [row] = (await billing.admin.query('select * from subscription where id = $1', [id])).rows;
      if (circumstance === 'of a cancelled account')
        await billing.admin.query('insert into access.account_cancelled (account) values ($1)', [accountId]);
      if (circumstance === 'while a change is being paid for') await payingFor(of);
      const viewers: Record<string, KeyViewer> = {
        'its own people': trying({ accountId }),
        'its own people, who may only read': trying({ accountId, areas: { BILLING: 'READ' } }),
        'its partner': trying({ accountId: of.agency.accountId }),
        'a partner that may only read': trying({ accountId: of.reader.accountId }),
        staff: trying({ accountId: of.spare.accountId, role: 'STAFF' }),
      };
      for (const [state, change] of Object.entries(STATES)) {
        if (!(STATES_OF[circumstance] ?? Object.keys(STATES)).includes(state)) continue;
        const back = `due_at = $2, status = $3, expired_at = null, cancelled_at = null, disabled_at = null, trial_renewed_at = null`;
        await billing.admin.query(`update subscription set ${back} where id = $1`, [id, row.due_at, row.status]);
        if (change !== '') await billing.admin.query(`update subscription set ${change} where id = $1`, [id]);
        for (const [who, viewer] of Object.entries(viewers)) {
          const { data } = await billing.execute(
            'query ($id: ID!) { subscription(id: $id) { availableActions { action allowed reason rule } } }',
            { id },
            viewer,
          );
          // A partner that left sees it no longer.
          const seen = (data as { subscription: { availableActions: Said[] } | null }).subscription;
          for (const said of seen?.availableActions ?? []) {
            const ways = waysOf(said.action, of, viewer);
            const answers: Answer[] = [];
            for (const [operation, input] of ways) {
              const one = await answer(operation, input, viewer);
              answers.push(one);
              if (one === null) break;
            }
            asked += 1;
            const allowed = answers.some((one) => one === null);
            if (allowed) allowedOnes += 1;
            // The reason is that of the mutation, where the caller got as far as that.
            const because =
              said.allowed ||
              answers.some(
                (one) => one?.message === said.reason || one?.code === 'FORBIDDEN' || one?.code === 'ACCOUNT_NOT_FOUND',
              );
            if (allowed !== said.allowed || !because)
              wrong.push(
                `${said.action} of one that is ${state} ${circumstance}, for ${who}: said ${said.allowed} (${said.reason}), answered ${JSON.stringify(answers)}`,
              );
          }
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(200);
    expect(allowedOnes).toBeGreaterThan(10);
  },
  120_000,
);

/** Has a change of the subscription wait for its payment. */
async function payingFor({ client: { accountId } }: House): Promise<void> {
  const paying = `update quote set state = 'PAYING', payment_id = $2, committed_at = null where account_id = $1`;
  await billing.admin.query(paying, [accountId, newId()]);
}

test('A41 N12 a client whose partner pays is told that it cannot choose a profile, and why; whoever is logged in as its partner neither', async () => {
  const { client, agency } = await subscribed('PAID', 'its partner');
  const chooseOf = async (viewer: PersonViewer): Promise<object | undefined> => {
    const { availableActions } = await billing.subscriptionOf(client.accountId, viewer);
    return availableActions.find(({ action }: Said) => action === 'CHOOSE_PROFILE');
  };
  expect(await chooseOf(client.viewer)).toMatchObject({ allowed: false, rule: 'A41' });
  expect(await chooseOf(agency.viewer)).toMatchObject({ allowed: true, rule: null });
  const actors = [{ userId: newId(), accountId: newId(), loginAsId: newId() }];
  const asPartner = personViewer({ accountId: agency.accountId, actors });
  expect(await chooseOf(asPartner)).toMatchObject({ allowed: false, rule: 'N12' });
  const input = { accountId: client.accountId, profileId: agency.profile.id };
  expect(await answer('billingProfileChoose', input, asPartner)).toMatchObject({ code: 'FORBIDDEN' });
});
