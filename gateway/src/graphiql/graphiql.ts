import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gunzip, gzip } from 'node:zlib';

type Asset = { type: string; etag: string; br: Buffer; gzip: Buffer };

export type Graphiql = {
  /** Serves the page itself, which names its assets by the hash of what is in them. */
  page(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Serves one asset; false when there is none of that path. */
  asset(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean>;
};

/**
 * Nothing is fetched from outside, and nothing runs that is not one of our files. GraphiQL's editor writes styles as it
 * goes.
 */
const SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

type Example = { file: string; variables?: Record<string, unknown>; asSomebody?: boolean; from?: string; to?: string };

/**
 * What an example needs besides its text. Variables hold the demo's own people; a real installation has none of them.
 */
const EXAMPLES: Example[] = [
  { file: 'signIn.graphql', variables: { input: { email: 'lou@agence-lumiere.example', password: '' } } },
  { file: 'dashboard.graphql', asSomebody: true },
];

/**
 * Where the links of mails, and those of partners, lead when PUBLIC_URL is the gateway itself: to a tab that takes the
 * token and wants a password.
 */
const FOLLOWED: Record<string, Example> = {
  '/welcome': { file: 'followSignUp.graphql' },
  '/reset': { file: 'followReset.graphql' },
  '/invitation': { file: 'followInvitation.graphql' },
  // Agreeing to a change of e-mail takes the token alone.
  '/email': { file: 'followEmailChange.graphql', variables: { input: {} } },
  // A partner's referral link carries its code instead (A74).
  '/join': {
    file: 'followReferral.graphql',
    variables: { input: { email: '', accountName: '', language: 'EN' } },
    from: 'ref',
    to: 'referralCode',
  },
};

/** The paths besides `/graphql` that answer a browser with the page. */
export const isMailedLink = (path: string): boolean => Object.hasOwn(FOLLOWED, path);

/**
 * GraphiQL from the packaged build of @graphql-yoga/render-graphiql, as files of our own: its one page of 9 MB becomes
 * a small page and assets that a browser keeps for ever. They are read and compressed once, when somebody first asks.
 */
export function createGraphiql(): Graphiql {
  let loading: Promise<Map<string, Asset>> | null = null;
  const assets = (): Promise<Map<string, Asset>> => {
    loading ??= loadAssets();
    return loading;
  };
  return {
    async page(request, response) {
      response.setHeader('content-security-policy', SECURITY_POLICY);
      response.setHeader('referrer-policy', 'no-referrer');
      response.setHeader('cache-control', 'no-cache');
      await send((await assets()).get('/graphql') as Asset, request, response);
    },
    async asset(path, request, response) {
      const asset = (await assets()).get(path);
      if (asset === undefined || path === '/graphql') return false;
      response.setHeader('cache-control', 'public, max-age=31536000, immutable');
      // A worker obeys the policy that its own file came with.
      response.setHeader('content-security-policy', SECURITY_POLICY);
      await send(asset, request, response);
      return true;
    },
  };
}

async function send(asset: Asset, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('etag', asset.etag);
  response.setHeader('vary', 'Accept-Encoding');
  response.setHeader('content-type', asset.type);
  if (request.headers['if-none-match'] === asset.etag) {
    response.writeHead(304).end();
    return;
  }
  const accepted = String(request.headers['accept-encoding'] ?? '');
  const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : null;
  if (encoding !== null) response.setHeader('content-encoding', encoding);
  const body = encoding === null ? await promisify(gunzip)(asset.gzip) : asset[encoding];
  response.setHeader('content-length', body.length);
  response.writeHead(200).end(request.method === 'HEAD' ? undefined : body);
}

/**
 * An editor that is scrolled has its margin, unseen, over the buttons Variables and Headers; it must not take their
 * clicks.
 */
const REPAIRS = '\n.graphiql-editor-tool .monaco-editor .margin { pointer-events: none; }\n';

async function loadAssets(): Promise<Map<string, Asset>> {
  const built = await import('@graphql-yoga/render-graphiql/graphiql');
  const assets = new Map<string, Asset>();
  const add = async (name: string, type: string, text: string): Promise<string> => {
    const digest = createHash('sha256').update(text).digest('base64url').slice(0, 16);
    const path = name === '/graphql' ? name : `/graphiql/${digest}/${name}`;
    assets.set(path, { type: `${type}; charset=utf-8`, etag: `"${digest}"`, ...(await compressed(text)) });
    return path;
  };
  const javascript = 'text/javascript';
  const css = await add('graphiql.css', 'text/css', built.css + REPAIRS);
  const workers = {
    editorWorkerService: await add('editor.worker.js', javascript, built.editorWorkerService),
    json: await add('json.worker.js', javascript, built.jsonWorker),
    graphql: await add('graphql.worker.js', javascript, built.graphqlWorker),
  };
  const js = await add('graphiql.js', javascript, built.js);
  const boot = await add('boot.js', javascript, bootScript(workers));
  await add('/graphql', 'text/html', page(css, js, boot));
  return assets;
}

async function compressed(text: string): Promise<{ br: Buffer; gzip: Buffer }> {
  // Quality 5 is within a tenth of the best size, in a thirtieth of the time; both run outside the event loop.
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };
  const [br, zipped] = await Promise.all([promisify(brotliCompress)(text, quality), promisify(gzip)(text)]);
  return { br, gzip: zipped };
}

/**
 * GraphiQL takes the variables of the tab that it opens with from options of their own; they would overrule what a
 * reload finds, so they are given only where it finds nothing. Tabs are kept as long as the browser's tab: what is
 * typed here may be a password. For the same reason the operation stays out of the address, which GraphiQL would
 * rewrite with every key.
 */
const bootScript = (workers: Record<string, string>): string => `
const workers = ${JSON.stringify(workers)};
const tabs = ${JSON.stringify(EXAMPLES.map(tab))};
const followed = ${JSON.stringify(Object.fromEntries(Object.entries(FOLLOWED).map(([path, one]) => [path, tab(one)])))};
self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_module, label) => workers[label] };
addEventListener('DOMContentLoaded', () => {
  const options = {
    title: 'Comptoir', endpoint: '/graphql', defaultTabs: tabs, shouldPersistHeaders: false, storage: sessionStorage, onEditQuery() {},
  };
  const { from = 'token', to = 'token', ...link } = followed[location.pathname] ?? {};
  const carried = new URLSearchParams(location.search).get(from);
  if (link.query !== undefined && carried !== null) {
    const wanted = link.variables === undefined ? { password: '' } : JSON.parse(link.variables).input;
    const variables = JSON.stringify({ input: { [to]: carried, ...wanted } }, null, 2);
    const opened = { ...link, variables };
    Object.assign(options, { query: link.query, variables, defaultTabs: [opened, ...tabs] });
  } else if (sessionStorage.getItem('graphiql:tabState') === null) {
    options.variables = tabs[0].variables;
  }
  if (location.pathname !== '/graphql') history.replaceState(null, '', '/graphql');
  YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), options);
});
`;

/** A tab as GraphiQL takes it. */
function tab({ file, variables, asSomebody, from, to }: Example): Record<string, string | undefined> {
  return {
    from,
    to,
    query: readFileSync(new URL(`examples/${file}`, import.meta.url), 'utf8').trimEnd(),
    variables: variables === undefined ? undefined : JSON.stringify(variables, null, 2),
    // Only where a token is needed: a header without one would be refused.
    headers: asSomebody === true ? JSON.stringify({ Authorization: 'Bearer ' }, null, 2) : '{}',
  };
}

const page = (css: string, js: string, boot: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Comptoir · GraphiQL</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${css}">
<script defer src="${boot}"></script>
<script defer src="${js}"></script>
</head>
<body class="no-focus-outline">
<noscript>GraphiQL needs JavaScript. The graph does not: POST to /graphql.</noscript>
<div id="root"></div>
</body>
</html>
`;
