import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PaymentSettings, readPaymentSettings } from '@comptoir/billing/collecting/provider/paymentSettings.ts';
import { type GatewayEnv, readGatewayEnv } from '@comptoir/gateway/env.ts';
import { EnvReader } from '@comptoir/shared/process/env.ts';
import { REPOSITORY } from './machine/repository.ts';

export type StartEnv = {
  gateway: GatewayEnv;
  production: boolean;
  /** A server of the user's own, by a user that may create databases and roles; null for the packaged one. */
  databaseUrl: string | null;
  database: string;
  postgresPort: number;
  /** A mail server of the user's own; null for the local catcher. */
  smtpUrl: string | null;
  mailFrom: string;
  mailPorts: { smtp: number; web: number };
  publicUrl: string;
  /** With `--services`: the first of four ports in a row. */
  firstSubgraphPort: number;
  demo: boolean;
  /** The folder where this installation keeps its secrets, its database and its logs. */
  home: string;
  /** Where the heads of the sealed audit trail are kept: outside the database, best on another machine. */
  trailHeads: string;
  /** The same for the ledger. */
  ledgerHeads: string;
  /** How cards are charged; the test provider remembers it in a file of the installation. */
  payments: PaymentSettings;
};

/** Reads what `npm start` may be told. Production wants its own database and mail server, and gets no demo data. */
export function readStartEnv(source: Record<string, string | undefined>): StartEnv {
  const env = new EnvReader(source);
  const production = source.NODE_ENV === 'production';
  const gateway = readGatewayEnv(env);
  const home = env.text('COMPTOIR_HOME', fileURLToPath(new URL('.comptoir/', REPOSITORY)));
  const read: StartEnv = {
    gateway,
    production,
    databaseUrl: env.optional('DATABASE_URL'),
    database: env.text('DATABASE_NAME', 'comptoir'),
    postgresPort: env.whole('POSTGRES_PORT', 4432, { min: 1, max: 65_535 }),
    smtpUrl: env.optional('SMTP_URL'),
    mailFrom: env.text('MAIL_FROM', 'Comptoir <no-reply@comptoir.localhost>'),
    mailPorts: {
      smtp: env.whole('MAIL_SMTP_PORT', 4025, { min: 1, max: 65_535 }),
      web: env.whole('MAIL_WEB_PORT', 4080, { min: 1, max: 65_535 }),
    },
    publicUrl: env.text('PUBLIC_URL', `http://localhost:${gateway.port}`),
    firstSubgraphPort: env.whole('SUBGRAPH_PORT', 4001, { min: 1, max: 65_531 }),
    demo: env.oneOf('DEMO', ['on', 'off'], production ? 'off' : 'on') === 'on',
    home,
    trailHeads: env.text('TRAIL_HEADS', join(home, 'trail-heads.jsonl')),
    ledgerHeads: env.text('LEDGER_HEADS', join(home, 'ledger-heads.jsonl')),
    payments: readPaymentSettings(env, { production, file: join(home, 'test-payments.jsonl') }),
  };
  if (production) {
    if (read.databaseUrl === null)
      env.complain('DATABASE_URL must be set in production: the packaged server is for trying things out.');
    if (read.smtpUrl === null)
      env.complain('SMTP_URL must be set in production: the local mail catcher sends nothing.');
    if (source.PUBLIC_URL === undefined)
      env.complain('PUBLIC_URL must be set in production: links in mails begin with it.');
    if (source.MAIL_FROM === undefined) env.complain('MAIL_FROM must be set in production.');
    if (read.demo) env.complain('DEMO must be off in production: its passwords are printed.');
  }
  env.check();
  return read;
}
