import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;
type Answer = { status: number; body: Json };
type Intent = Json & { id: string; status: string; payment_method: string; metadata: Json };
/**
 * What happens to a request: it is done and the connection breaks, the connection breaks before, Stripe breaks after
 * doing it, or it is done and no answer ever comes.
 */
type Mishap = 'ANSWER_LOST' | 'REQUEST_LOST' | 'BREAKS' | 'HANGS';

export type StripeStandIn = {
  url: string;
  /** What the bank charged, per intent: twice would show. */
  charged: string[];
  /** Every request that arrived: method and path. */
  requests: string[];
  /** What is to happen to the first request from now on whose path ends so. */
  next(pathEnds: string, mishap: Mishap): void;
  /** The cardholder at the bank's page. */
  confirm(actionUrl: string): void;
  refuse(actionUrl: string): void;
  /** As a day later: idempotency keys are forgotten. */
  forgetKeys(): void;
  /** As within the first minute: search does not find what is new. */
  lagSearch(): void;
  stop(): Promise<void>;
};

/**
 * A stand-in for the part of Stripe's API that `stripeProvider` uses, over real HTTP on loopback: form-encoded
 * requests, errors as Stripe words them, idempotency keys that replay an answer (500 included) and refuse other
 * parameters. Payment methods are named by what their charges come to.
 */
export async function startStripeStandIn(): Promise<StripeStandIn> {
  const intents = new Map<string, Intent>();
  const methods = new Map<string, Json>();
  const replays = new Map<string, { asked: string; answer: Answer }>();
  const charged: string[] = [];
  const requests: string[] = [];
  const mishaps: { pathEnds: string; mishap: Mishap }[] = [];
  let lagging = false;

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stand-in');
    const form = formOf(await bodyOf(request));
    requests.push(`${request.method} ${pathname}`);
    const at = mishaps.findIndex(({ pathEnds }) => pathname.endsWith(pathEnds));
    const mishap = at < 0 ? null : mishaps.splice(at, 1)[0]?.mishap;
    if (mishap === 'REQUEST_LOST') return void request.socket.destroy();
    const answer = replayed(request, pathname, form, () => {
      const done = answerTo(pathname, form, searchParams);
      return mishap === 'BREAKS' ? error(500, 'api_error', { message: 'Something went wrong.' }) : done;
    });
    if (mishap === 'HANGS') return;
    if (mishap === 'ANSWER_LOST') return void request.socket.destroy();
    send(response, answer);
  });

  function replayed(request: IncomingMessage, path: string, form: Json, run: () => Answer): Answer {
    if (request.headers.authorization !== 'Bearer sk_test_stand_in') {
      return error(401, 'invalid_request_error', { message: 'Invalid API Key provided.' });
    }
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string' || request.method !== 'POST') return run();
    const asked = JSON.stringify([path, form]);
    const before = replays.get(key);
    if (before !== undefined) {
      if (before.asked === asked) return before.answer;
      return error(400, 'idempotency_error', {
        message: 'Keys for idempotent requests can only be used with the same parameters.',
      });
    }
    const answer = run();
    // Only what began to execute is remembered: a request that cannot be read is not.
    if (answer.status !== 400 && answer.status !== 404) replays.set(key, { asked, answer });
    return answer;
  }

  function answerTo(path: string, form: Json, query: URLSearchParams): Answer {
    const [, , resource, id, action] = path.split('/');
    if (resource === 'customers') return ok({ id: `cus_${name()}`, object: 'customer', ...form });
    if (resource === 'payment_methods') return methodAnswer(id, action, form);
    if (resource !== 'payment_intents') return missing('resource', path);
    if (id === 'search') {
      const wanted = /'([0-9a-f-]{36})'$/.exec(query.get('query') ?? '')?.[1];
      const data = [...intents.values()].filter(({ metadata }) => !lagging && metadata.payment_id === wanted);
      return ok({ object: 'search_result', data, has_more: false, next_page: null, url: '/v1/payment_intents/search' });
    }
    const unknown = Object.keys(form).find((parameter) => !KNOWN.has(parameter));
    if (unknown !== undefined)
      return error(400, 'invalid_request_error', { code: 'parameter_unknown', param: unknown });
    if (id === undefined) return createIntent(form);
    const intent = intents.get(id);
    if (intent === undefined) return missing('intent', id);
    if (action === 'confirm') return confirmIntent(intent, form);
    if (action === 'cancel') return cancelIntent(intent);
    return ok(intent);
  }

  function methodAnswer(id: string | undefined, action: string | undefined, form: Json): Answer {
    if (id === undefined) {
      const token = (form.card as Json).token as string;
      return ok(addMethod(token.replace(/^tok_/, 'pm_')));
    }
    // The dashboard's form made the payment method; here its name is enough.
    if (!methods.has(id) && /^pm_(approved|declined|insufficient|expired|needs_action|rejected)/.test(id))
      addMethod(id);
    const found = methods.get(id);
    if (found === undefined) return missing('payment_method', id);
    if (action === 'attach') {
      if (id.startsWith('pm_rejected'))
        return error(402, 'card_error', { code: 'card_declined', decline_code: 'generic_decline' });
      if (found.customer !== null && found.customer !== form.customer)
        return error(400, 'invalid_request_error', { message: 'The payment method is attached to another customer.' });
      found.customer = form.customer;
    }
    if (action === 'detach') found.customer = null;
    return ok(found);
  }
  function addMethod(id: string): Json {
    const card = { brand: 'visa', last4: '4242', exp_month: 12, exp_year: 2031 };
    const method = { id, object: 'payment_method', type: 'card', customer: null, card };
    methods.set(id, method);
    return method;
  }

  function createIntent(form: Json): Answer {
    const method = methods.get(form.payment_method as string);
    if (method === undefined || method.customer !== form.customer)
      return missing('payment_method', String(form.payment_method));
    if (!CURRENCIES.has(String(form.currency)))
      return error(400, 'invalid_request_error', { message: `Invalid currency: ${form.currency}.`, param: 'currency' });
    if (Number(form.amount) < 50)
      return error(400, 'invalid_request_error', { code: 'amount_too_small', param: 'amount' });
    const intent = {
      id: `pi_${name()}`,
      object: 'payment_intent',
      amount: Number(form.amount),
      currency: form.currency as string,
      customer: form.customer,
      payment_method: form.payment_method as string,
      metadata: form.metadata as Json,
      client_secret: `pi_secret_${name()}`,
      status: 'requires_confirmation',
      last_payment_error: null,
      next_action: null,
    };
    intents.set(intent.id, intent);
    return ok(intent);
  }

  function confirmIntent(intent: Intent, form: Json): Answer {
    if (!['requires_confirmation', 'requires_payment_method'].includes(intent.status)) return unexpected(intent);
    const ending = intent.payment_method.split('_then_')[0] ?? '';
    if (ending.startsWith('pm_approved')) return charge(intent);
    if (ending.startsWith('pm_insufficient')) return decline(intent, 'card_declined', 'insufficient_funds');
    if (ending.startsWith('pm_expired')) return decline(intent, 'expired_card', undefined);
    if (!ending.startsWith('pm_needs_action')) return decline(intent, 'card_declined', 'generic_decline');
    if (form.off_session === 'true') return decline(intent, 'authentication_required', 'authentication_required');
    Object.assign(intent, {
      status: 'requires_action',
      last_payment_error: null,
      next_action: {
        type: 'redirect_to_url',
        redirect_to_url: { url: `https://bank.example/${intent.id}`, return_url: form.return_url },
      },
    });
    return ok(intent);
  }
  function charge(intent: Intent): Answer {
    Object.assign(intent, { status: 'succeeded', next_action: null, last_payment_error: null });
    charged.push(`${intent.amount} ${intent.currency} ${intent.metadata.payment_id}`);
    return ok(intent);
  }
  function decline(intent: Intent, code: string, reason: string | undefined): Answer {
    const failure = { type: 'card_error', code, decline_code: reason, message: 'Your card was declined.' };
    Object.assign(intent, { status: 'requires_payment_method', next_action: null, last_payment_error: failure });
    return error(402, 'card_error', { ...failure, payment_intent: structuredClone(intent) });
  }
  function cancelIntent(intent: Intent): Answer {
    if (intent.status === 'succeeded' || intent.status === 'canceled') return unexpected(intent);
    Object.assign(intent, { status: 'canceled', next_action: null });
    return ok(intent);
  }
  const atBank = (actionUrl: string): Intent => {
    const intent = intents.get(actionUrl.split('/').at(-1) ?? '');
    if (intent?.status !== 'requires_action') throw new Error('Nothing is to be confirmed there.');
    return intent;
  };

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    charged,
    requests,
    next(pathEnds, mishap) {
      mishaps.push({ pathEnds, mishap });
      // The SDK sends a request once more whose connection was closed: that breaks too.
      if (mishap.endsWith('_LOST')) mishaps.push({ pathEnds, mishap });
    },
    confirm: (actionUrl) => void charge(atBank(actionUrl)),
    refuse: (actionUrl) => void decline(atBank(actionUrl), 'payment_intent_authentication_failure', undefined),
    forgetKeys: () => replays.clear(),
    lagSearch() {
      lagging = true;
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Parameters of intents that this version of the API takes, as far as we send them. */
const KNOWN = new Set([
  'amount',
  'currency',
  'customer',
  'payment_method',
  'allowed_payment_method_types',
  'description',
  'metadata',
  'setup_future_usage',
  'off_session',
  'return_url',
  'cancellation_reason',
]);

/** A few of those that it takes. */
const CURRENCIES = new Set(['eur', 'usd', 'jpy', 'kwd']);

const name = (): string => randomBytes(8).toString('hex');
const ok = (body: Json): Answer => ({ status: 200, body: structuredClone(body) });
const error = (status: number, type: string, details: Json): Answer => ({
  status,
  body: { error: { type, message: 'No.', ...details } },
});
const missing = (param: string, id: string): Answer =>
  error(404, 'invalid_request_error', { code: 'resource_missing', param, message: `No such ${param}: '${id}'` });
const unexpected = (intent: Intent): Answer =>
  error(400, 'invalid_request_error', { code: 'payment_intent_unexpected_state', payment_intent: intent });

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': `req_${name()}` });
  response.end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** `metadata[payment_id]=x&allowed_payment_method_types[0]=card` as an object. */
function formOf(text: string): Json {
  const form: Json = {};
  for (const [path, value] of new URLSearchParams(text)) {
    const [first = '', inner] = path.split(/[[\]]+/);
    if (inner === undefined || inner === '') form[first] = value;
    else form[first] = { ...(form[first] as Json | undefined), [inner]: value };
  }
  return form;
}
