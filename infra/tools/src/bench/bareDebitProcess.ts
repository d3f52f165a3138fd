import pg from 'pg';
import { runChild } from '../processes/child.ts';
import { BARE_DEBIT, type BareConfig, type BareOrder, type BareReport } from './bareDebit.ts';

const PREPARE = `
  create schema if not exists bare;
  create table if not exists bare.wallet (id integer primary key, balance bigint not null);
  create table if not exists bare.event (id uuid primary key, wallet_id integer not null, occurred_at timestamptz not null);
  create table if not exists bare.ledger (id uuid primary key, wallet_id integer not null, event_id uuid not null, amount bigint not null);
  insert into bare.wallet select n, 1000000000 from generate_series(1, 50) as n on conflict do nothing;`;

/** Debits as fast as prepared statements on a pool of connections can, without HTTP or GraphQL between. */
runChild<BareConfig>(async ({ adminUrl, concurrency }) => {
  const clients = Array.from({ length: concurrency }, () => new pg.Client({ connectionString: adminUrl }));
  await Promise.all(clients.map((client) => client.connect()));
  await clients[0]?.query(PREPARE);
  return {
    url: '',
    async answer({ wallets, ms }: BareOrder): Promise<BareReport> {
      const started = performance.now();
      let debits = 0;
      let next = 0;
      await Promise.all(
        clients.map(async (client) => {
          while (performance.now() - started < ms) {
            const values = [1 + (next++ % wallets)];
            const { rowCount } = await client.query({ name: 'debit', text: BARE_DEBIT, values });
            if (rowCount !== 1) throw new Error('A bare debit was refused.');
            debits += 1;
          }
        }),
      );
      return { debits, ms: performance.now() - started };
    },
    async stop() {
      await Promise.all(clients.map((client) => client.end()));
    },
  };
});
