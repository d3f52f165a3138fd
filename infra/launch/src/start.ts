import { join } from 'node:path';
import { createLog } from '@comptoir/shared/process/log.ts';
import { bootstrapDatabase } from './database/bootstrap.ts';
import type { Demo } from './demo/demo.ts';
import { installationSecrets, rolePassword } from './installation/secrets.ts';
import { isFree } from './machine/ports.ts';
import { type MailCatcher, startMailCatcher } from './mail/mailCatcher.ts';
import { startPostgres } from './postgres/postgres.ts';
import { type PostgresWatch, watchPostgres } from './postgres/postgresWatch.ts';
import { readStartEnv, type StartEnv } from './startEnv.ts';

/**
 * `npm start`: database, migrations, mail catcher, the gateway with its four subgraphs, demo data. Each step is told;
 * Ctrl-C undoes them in reverse, the database last. With `--services` the gateway and the subgraphs are five processes
 * (`services.ts`).
 */
const began = performance.now();
const undo: (() => Promise<void>)[] = [];
/** The packaged server, where there is one. */
let database: PostgresWatch | null = null;
const say = (sentence: string): void => void process.stdout.write(`${sentence}\n`);
const step = (what: string): void => say(`  ${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s  ${what}`);

async function start(): Promise<void> {
  const services = process.argv.includes('--services');
  const env = readStartEnv(process.env);
  const { home } = env;
  say(`Comptoir is starting ${services ? 'as five processes' : 'in one process'}.`);
  await refuseTakenPorts(env);

  const secrets = await installationSecrets(home);
  const logFile = join(home, 'logs', 'comptoir.log');
  let adminUrl = env.databaseUrl;
  if (adminUrl === null) {
    const options = { dataDir: join(home, 'postgres'), port: env.postgresPort, log: { info: step, warn: step } };
    const postgres = await startPostgres(options);
    const watch = watchPostgres(postgres, options);
    database = watch;
    undo.push(() => watch.stop());
    adminUrl = postgres.adminUrl;
    step(`PostgreSQL ${postgres.adopted ? 'was running already' : 'runs'} on port ${postgres.port}`);
  }
  const databaseUrls = await bootstrapDatabase({
    adminUrl,
    database: env.database,
    rolePassword: (role) => rolePassword(secrets, role),
    log: { info: step },
  });
  step('the database is up to date');

  let mails: MailCatcher | null = null;
  if (env.smtpUrl === null) {
    mails = await startMailCatcher({ smtpPort: env.mailPorts.smtp, webPort: env.mailPorts.web });
    undo.push(() => (mails as MailCatcher).stop());
    step('the local mail server runs');
  }
  const mail = { smtpUrl: env.smtpUrl ?? (mails as MailCatcher).smtpUrl, from: env.mailFrom };
  const common = { env, secrets, databaseUrls, mail, home, logFile };
  // Loaded only now: the programs below take most of a second to read, and a taken port is told before.
  const url = await (services ? startAsServices(common) : startInProcess(common));
  step(services ? 'four subgraphs and the gateway run' : 'the gateway runs, with the four subgraphs in this process');

  let demo: Demo | null = null;
  if (env.demo) {
    const { seedDemo } = await import('./demo/demo.ts');
    const log = createLog('seed', { file: logFile });
    demo = await seedDemo({ databaseUrls, secrets, mail, publicUrl: env.publicUrl, log, home, tell: step });
  }
  farewell({ url: url.replace('127.0.0.1', 'localhost'), mails, demo, logFile });
}

type Common = {
  env: StartEnv;
  secrets: Awaited<ReturnType<typeof installationSecrets>>;
  databaseUrls: Awaited<ReturnType<typeof bootstrapDatabase>>;
  mail: { smtpUrl: string; from: string };
  home: string;
  logFile: string;
};

async function startAsServices({ env, secrets, databaseUrls, mail, home }: Common): Promise<string> {
  const { startServices } = await import('./installation/startServices.ts');
  const { port: gatewayPort, host } = env.gateway;
  const { publicUrl, firstSubgraphPort: firstPort } = env;
  const running = await startServices({
    gatewayPort,
    host,
    firstPort,
    databaseUrls,
    secrets,
    mail,
    publicUrl,
    home,
    tell: step,
    env: {
      TRAIL_HEADS: env.trailHeads,
      LEDGER_HEADS: env.ledgerHeads,
      ...(env.payments.provider === 'test' ? { PAYMENT_TEST_FILE: env.payments.file ?? '' } : {}),
    },
  });
  undo.push(() => running.stop());
  return running.url;
}

async function startInProcess({ env, secrets, databaseUrls, mail, logFile }: Common): Promise<string> {
  const { openInstallation } = await import('./installation/installation.ts');
  const { openPaymentProvider } = await import('@comptoir/billing/collecting/provider/openProvider.ts');
  const log = createLog('comptoir', env.production ? {} : { file: logFile });
  const installation = await openInstallation({
    databaseUrls,
    secrets,
    mail,
    publicUrl: env.publicUrl,
    trailHeads: env.trailHeads,
    ledgerHeads: env.ledgerHeads,
    payments: openPaymentProvider(env.payments, env.publicUrl),
    log,
    gateway: env.gateway,
  });
  undo.push(() => installation.stop());
  return await installation.gateway.listen(env.gateway.port, env.gateway.host);
}

/** Told before anything is started, with the way out. */
async function refuseTakenPorts({ gateway, mailPorts, smtpUrl }: StartEnv): Promise<void> {
  const wanted: [number, string][] = [[gateway.port, 'PORT']];
  if (smtpUrl === null) wanted.push([mailPorts.smtp, 'MAIL_SMTP_PORT'], [mailPorts.web, 'MAIL_WEB_PORT']);
  for (const [port, name] of wanted) {
    if (!(await isFree(port))) {
      throw new Error(
        `Port ${port} is taken. Is Comptoir running already? Otherwise set ${name} to another port, for example: ${name}=${port + 10} npm start`,
      );
    }
  }
}

function farewell({
  url,
  mails,
  demo,
  logFile,
}: {
  url: string;
  mails: MailCatcher | null;
  demo: Demo | null;
  logFile: string;
}): void {
  say(`\nComptoir is ready after ${((performance.now() - began) / 1000).toFixed(1)} s.\n`);
  say(`  GraphiQL and API   ${url}/graphql`);
  if (mails !== null) say(`  Mails it sends     ${mails.webUrl}`);
  say(`  Log                ${logFile}`);
  if (demo !== null) {
    say('\n  Demo log-ins (this installation only; password for all of them)');
    for (const { who, email } of demo.people) say(`    ${email.padEnd(36)} ${who}`);
    say(`    password           ${demo.password}`);
    say(`\n  Demo API key of ${demo.key.of}\n    ${demo.key.secret}`);
    say('\n  A first query, to copy:\n');
    say(`curl -s ${url}/graphql -H 'content-type: application/json' -H 'authorization: Bearer ${demo.key.secret}' \\
  -d '{"query":"{ viewer { account { name clients(first: 3) { nodes { name wallets { kind balance } } } } } }"}'`);
  }
  say('\nCtrl-C stops everything; the data stays.');
}

let stopping: Promise<void> | null = null;

/** Undoes what was started, last first. What fails is told and does not keep the rest. */
function stop(): Promise<void> {
  stopping ??= (async () => {
    database?.retire();
    for (const one of undo.reverse()) {
      await one().catch((error: unknown) =>
        say(`While stopping: ${error instanceof Error ? error.message : String(error)}`),
      );
    }
  })();
  return stopping;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, async () => {
    say('\nStopping.');
    await stop();
    process.exit(0);
  });
}

try {
  await start();
} catch (error) {
  say(`\nComptoir cannot start. ${error instanceof Error ? error.message : String(error)}\n`);
  await stop();
  process.exit(1);
}
