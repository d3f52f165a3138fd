import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { leastCharge } from './cardMinimum.ts';
import type { ChargeAsked, ChargeOutcome, PaymentProvider, StoredCard } from './provider.ts';

/**
 * What one attempt to charge comes to. `needs_action` waits for its cardholder until it is ended;
 * `confirmed_when_asked` was confirmed as soon as anybody asks what became of it. Those that time out give no answer:
 * the first has charged, the second never arrived.
 */
const ENDINGS = [
  'approved',
  'declined',
  'insufficient',
  'expired',
  'needs_action',
  'confirmed_when_asked',
  'times_out_after_charging',
  'times_out_before_charging',
] as const;
type Ending = (typeof ENDINGS)[number];

/** One line of its file: what it will still know after a restart. */
type Line = {
  payment: string;
  card: string;
  outcome: ChargeOutcome | { outcome: 'LOST' };
  amount: string;
  /** Of what needs an action: the cardholder confirms it before anybody asks again. */
  confirmed?: boolean;
};

export type TestProvider = PaymentProvider & {
  /** The cardholder confirms, or refuses, a payment that needs an action. */
  confirm(paymentId: string): void;
  reject(paymentId: string): void;
  /**
   * What was charged for a payment, as `12.30 EUR` in the smallest unit (`1230 EUR`): one line per time that money
   * moved, so that twice would show.
   */
  charges(paymentId: string): string[];
};

/**
 * A payment provider that moves no money and always does the same: the token of a card says how its charges end,
 * `tok_declined` for example. `tok_declined_then_approved` says it for the first attempt and for all further ones;
 * `tok_approved_until_2026_12` for a card that expires then; `tok_card_refused` is not even stored. Other tokens are
 * unknown. With a file, it remembers what it did across restarts. Refused in production.
 */
export function testProvider({ file }: { file?: string | undefined } = {}): TestProvider {
  const known = new Map<string, ChargeOutcome>();
  const waiting = new Map<string, Line>();
  const charged = new Map<string, string[]>();
  const attempts = new Map<string, number>();

  function learn(line: Line): void {
    const { payment, card, outcome, amount } = line;
    if (!known.has(payment) && outcome.outcome !== 'CANCELLED') attempts.set(card, (attempts.get(card) ?? 0) + 1);
    if (outcome.outcome !== 'LOST') known.set(payment, outcome);
    if (outcome.outcome === 'NEEDS_ACTION') waiting.set(payment, line);
    else waiting.delete(payment);
    if (outcome.outcome === 'APPROVED') charged.set(payment, [...(charged.get(payment) ?? []), amount]);
  }
  function remember(line: Line): void {
    // Written down before anybody hears of it, as a bank does.
    if (file !== undefined) append(file, JSON.stringify(line));
    learn(line);
  }
  if (file !== undefined && existsSync(file)) for (const line of readLines(file)) learn(line);

  const lineOf = ({ paymentId, customer, method, amount }: ChargeAsked, outcome: Line['outcome']): Line => ({
    payment: paymentId,
    card: `${customer} ${method}`,
    outcome,
    amount: `${amount.minor} ${amount.currency}`,
  });
  function act(paymentId: string, outcome: ChargeOutcome): void {
    const line = waiting.get(paymentId);
    if (line === undefined) throw new Error('That payment needs no action.');
    remember({ ...line, outcome });
  }

  return {
    name: 'TEST',
    minimum: leastCharge,
    async storeCard({ profileId, token }) {
      if (token === 'tok_card_refused') return { decline: 'CARD_DECLINED' };
      const read = readToken(token);
      if (read === null) return { decline: 'TOKEN_UNKNOWN' };
      return { customer: `test_${profileId}`, method: token, brand: 'test', lastFour: '4242', ...read.expiry };
    },
    async removeCard() {},
    async charge(asked) {
      const { paymentId, method, amount } = asked;

      const before = known.get(paymentId);
      if (before !== undefined) return before;
      const endings = readToken(method)?.endings;
      if (endings === undefined) throw new Error('The test provider does not know this card.');
      const turn = attempts.get(`${asked.customer} ${method}`) ?? 0;
      // As a real one answers; no one here asks for it.
      const tooLittle = amount.minor < leastCharge(amount.currency);
      const ending = tooLittle ? 'declined' : (endings[Math.min(turn, endings.length - 1)] as Ending);
      const outcome = outcomeOf(ending, paymentId);
      remember({ ...lineOf(asked, outcome), ...(ending === 'confirmed_when_asked' && { confirmed: true }) });
      if (ending.startsWith('times_out') || outcome.outcome === 'LOST')
        throw new Error('The answer of the test provider was lost.');
      return outcome;
    },
    async find({ paymentId }) {
      const line = waiting.get(paymentId);
      if (line?.confirmed === true) act(paymentId, { outcome: 'APPROVED', reference: `test_${paymentId}` });
      return known.get(paymentId) ?? null;
    },
    async cancel(asked) {
      const before = known.get(asked.paymentId);
      if (before !== undefined && before.outcome !== 'NEEDS_ACTION') return before;
      remember(lineOf(asked, { outcome: 'CANCELLED' }));
      return { outcome: 'CANCELLED' };
    },
    confirm: (paymentId) => act(paymentId, { outcome: 'APPROVED', reference: `test_${paymentId}` }),
    reject: (paymentId) =>
      act(paymentId, { outcome: 'DECLINED', decline: 'CARD_DECLINED', reference: `test_${paymentId}` }),
    charges: (paymentId) => charged.get(paymentId) ?? [],
  };
}

function outcomeOf(ending: Ending, paymentId: string): Line['outcome'] {
  const reference = `test_${paymentId}`;
  switch (ending) {
    case 'approved':
    case 'times_out_after_charging':
      return { outcome: 'APPROVED', reference };
    case 'declined':
      return { outcome: 'DECLINED', decline: 'CARD_DECLINED', reference };
    case 'insufficient':
      return { outcome: 'DECLINED', decline: 'INSUFFICIENT_FUNDS', reference };
    case 'expired':
      return { outcome: 'DECLINED', decline: 'CARD_EXPIRED', reference };
    case 'needs_action':
    case 'confirmed_when_asked':
      return { outcome: 'NEEDS_ACTION', actionUrl: `https://bank.example/confirm/${paymentId}`, reference };
    case 'times_out_before_charging':
      return { outcome: 'LOST' };
  }
}

type Token = { endings: Ending[]; expiry: Pick<StoredCard, 'expiryMonth' | 'expiryYear'> };

/** What a token says; null when it says nothing that is known. */
function readToken(token: string): Token | null {
  const match = /^tok_([a-z_]+?)(?:_until_(\d{4})_(0[1-9]|1[0-2]))?$/.exec(token);
  if (match === null) return null;
  const [, said = '', year = '2099', month = '12'] = match;
  const endings = said.split('_then_');
  const readable = (ending: string): ending is Ending => (ENDINGS as readonly string[]).includes(ending);
  if (!endings.every(readable)) return null;
  return { endings, expiry: { expiryMonth: Number(month), expiryYear: Number(year) } };
}

/** A line that was not written to its end was never answered for, and is passed over. */
function readLines(file: string): Line[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text) => {
      try {
        return [JSON.parse(text) as Line];
      } catch {
        return [];
      }
    });
}

function append(file: string, line: string): void {
  const descriptor = openSync(file, 'a', 0o600);
  try {
    // A new line first: the last one may have been cut off by a crash.
    writeSync(descriptor, `\n${line}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
