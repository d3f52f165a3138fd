import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { runChild } from '../processes/child.ts';

export type LimitConfig = { adminUrl: string; partnerId: string };

/**
 * The limit: the dashboard as one statement written by hand behind bare node:http. It is not prepared: the generic plan
 * that PostgreSQL would settle on costs it 17 ms where a fresh plan costs 10. No viewer, no permissions, no GraphQL:
 * what remains is what PostgreSQL and HTTP cost, and no one can be faster with the same pieces.
 */
const DASHBOARD = `
  select json_build_object('data', json_build_object('viewer', json_build_object('account', json_build_object(
    'name', partner.name,
    'clients', json_build_object('nodes', (
      select coalesce(json_agg(json_build_object('id', c.id, 'name', c.name, 'wallets', w.wallets,
                                                 'trackers', json_build_object('nodes', t.trackers)) order by c.name, c.id), '[]')
      from (
        select a.id, a.name
        from access.reach r join accounts.account a on a.id = r.account
        where r.holder = partner.id and r.area = 'LINK' and r.verb = 'READ' and r.valid @> $2::timestamptz
        order by a.name, a.id limit 50
      ) as c
      cross join lateral (
        select coalesce(json_agg(json_build_object('kind', wallet.kind, 'balance', (
          select coalesce(sum(lot.remaining), 0) from billing.lot
          where lot.wallet_id = wallet.id and lot.remaining > 0 and (lot.expires_at is null or lot.expires_at > $2)
        )) order by wallet.kind), '[]') as wallets
        from billing.wallet where wallet.account_id = c.id
      ) as w
      cross join lateral (
        select coalesce(json_agg(json_build_object('id', tracker.id, 'name', tracker.name, 'status', tracker.status,
          'payer', json_build_object('id', payer.id, 'name', payer.name),
          'lastEvent', last.event) order by tracker.created_at, tracker.id), '[]') as trackers
        from (
          select * from trackers.tracker where account_id = c.id order by created_at, id limit 10
        ) as tracker
        left join trackers.payer_span span on span.tracker_id = tracker.id and span.valid @> $2::timestamptz
        join accounts.account payer on payer.id = coalesce(span.payer_id, tracker.account_id)
        left join lateral (
          select json_build_object('kind', e.kind,
            'occurredAt', to_char(e.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'credits', e.credits) as event
          from trackers.event e where e.tracker_id = tracker.id order by e.occurred_at desc, e.id desc limit 1
        ) as last on true
      ) as t
    ))
  ))))::text as answer
  from accounts.account partner where partner.id = $1`;

runChild<LimitConfig>(async ({ adminUrl, partnerId }) => {
  const pool = new pg.Pool({ connectionString: adminUrl, max: 10 });
  const server = createServer((request, response) => {
    request.resume().once('end', async () => {
      const { rows } = await pool.query({ text: DASHBOARD, values: [partnerId, new Date()] });
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
      response.end(rows[0].answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await pool.end();
    },
  };
});
