import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** What somebody reads who has no Chromium. */
export const HOW_TO_INSTALL = `There is no Chromium here. Install one, for example on Debian or Ubuntu:

  apt-get install chromium

or name the program of yours: CHROMIUM=/path/to/chrome npm run test:browser`;

/**
 * The Chromium of this machine: the one that CHROMIUM names, or the first of the usual names. Null when there is none.
 */
export function findChromium(env: Record<string, string | undefined>): string | null {
  const { CHROMIUM, PATH = '' } = env;
  if (CHROMIUM !== undefined && CHROMIUM !== '') return isAbsolute(CHROMIUM) && isProgram(CHROMIUM) ? CHROMIUM : null;
  const folders = PATH.split(delimiter).filter((folder) => folder !== '');
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return ['/usr/bin/chromium', ...candidates].find(isProgram) ?? null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * A browser that reaches this machine only, with a profile of its own, and stays alive until it is closed: signals are
 * the caller's.
 */
export async function openChromium(program: string, profile: string): Promise<BrowserContext> {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: program,
    headless: true,
    chromiumSandbox: false, // Root has none, and containers seldom.
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Besides being watched for, a request elsewhere must not get anywhere.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
    ],
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(30_000);
  return context;
}

/** What must not happen in any page of the browser, in the order in which it happened. */
export type Watch = { offences: string[] };

const OURS = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Notes every request to another host, console error, uncaught exception, failed request and violation of a page's
 * security policy, also in pages that are opened later and in their workers. For pages that are opened after this.
 */
export async function watch(context: BrowserContext): Promise<Watch> {
  const offences: string[] = [];
  const look = (url: string, what: string): void => {
    const { protocol, hostname } = new URL(url);
    if (!['data:', 'blob:', 'about:'].includes(protocol) && !OURS.has(hostname)) offences.push(`${what} to ${url}`);
  };
  context.on('request', (request) => look(request.url(), 'a request'));
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // A page that is left, or a long poll that is closed with it, ends its own requests.
    if (!reason.includes('ERR_ABORTED')) offences.push(`${request.url()} failed: ${reason}`);
  });
  context.on('console', (message) => {
    if (message.type() === 'error') offences.push(`console error: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => offences.push(`uncaught: ${error.error().message}`));
  context.on('page', (page: Page) => page.on('websocket', (socket) => look(socket.url(), 'a socket')));
  await context.exposeBinding('comptoirViolation', (_source, text: string) => void offences.push(text));
  await context.addInitScript(`addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
    comptoirViolation(\`the security policy blocked \${blockedURI} (\${effectiveDirective})\`));`);
  return { offences };
}
