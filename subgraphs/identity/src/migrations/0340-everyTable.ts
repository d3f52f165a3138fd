import { migration } from '@comptoir/shared/database/migration.ts';

const system = 'comptoir_identity_system';
/** What precedes log-in, and mails that went out: no request may touch them, and by no grant alone. */
const TABLES = ['link', 'mail', 'login_lock', 'login_guess', 'known_network'];

export const everyTable = migration(
  340,
  'EveryTable',
  TABLES.map(
    (table) => `
  alter table ${table} enable row level security;
  create policy system on ${table} to ${system} using (true) with check (true);`,
  ).join(''),
);
