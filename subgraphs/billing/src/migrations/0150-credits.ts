import { migration } from '@comptoir/shared/database/migration.ts';
import { accountPolicies } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_billing';
const system = 'comptoir_billing_system';

/** As in the first migration: the wallet's own policy decides, looked up by key. */
const ofVisibleWallet = (column: string): string => `(select true from wallet w where w.id = ${column})`;

const MOST = '9007199254740991';

/** The history of credits, what expires, what runs out, and what is done about it. */
export const credits = migration(
  150,
  'Credits',
  `
  create index lot_that_expires on lot (expires_at) where expires_at is not null and remaining > 0;

  -- What moved a wallet's credits other than charges: the pages of its history would otherwise be looked for among millions of charges. Says nothing that the ledger
  -- does not say.
  create table credit_movement (
    wallet_id uuid not null references wallet (id),
    booked_at timestamptz not null,
    transaction_id uuid not null,
    credits bigint not null check (credits <> 0),
    primary key (wallet_id, booked_at, transaction_id),
    foreign key (transaction_id, booked_at) references ledger_transaction (id, booked_at)
  );
  insert into credit_movement (wallet_id, booked_at, transaction_id, credits)
  select e.wallet_id, e.booked_at, e.transaction_id, sum(e.amount)::bigint
  from ledger_entry e join ledger_transaction t on t.id = e.transaction_id
  where e.wallet_id is not null and not starts_with(e.kind, 'MONEY:') and t.type <> 'CHARGE'
  group by e.wallet_id, e.booked_at, e.transaction_id;
  grant select on credit_movement to ${request}, ${system};
  grant insert on credit_movement to ${system};
  alter table credit_movement enable row level security;
  create policy seen on credit_movement for select to ${request} using (${ofVisibleWallet('credit_movement.wallet_id')});
  create policy system on credit_movement to ${system} using (true) with check (true);

  -- What charges took out of a wallet, per hour: a forecast adds up hours, however many events there were. Kept for as long as a forecast looks back. Hours, because
  -- they need no time zone: charging must not depend on one. Pages are half full, so that a row moves in place.
  create table wallet_hour (
    wallet_id uuid not null references wallet (id),
    hour timestamptz not null check (hour = date_trunc('hour', hour, 'UTC')),
    credits bigint not null check (credits between 1 and ${MOST}),
    primary key (wallet_id, hour)
  ) with (fillfactor = 50);
  create index wallet_hour_by_age on wallet_hour using brin (hour);
  insert into wallet_hour (wallet_id, hour, credits)
  select e.wallet_id, date_trunc('hour', e.booked_at, 'UTC'), -sum(e.amount)::bigint
  from ledger_entry e join ledger_transaction t on t.id = e.transaction_id
  where e.wallet_id is not null and t.type = 'CHARGE'
  group by 1, 2;
  grant select on wallet_hour to ${request}, ${system};
  grant insert, update (credits), delete on wallet_hour to ${system};
  alter table wallet_hour enable row level security;
  create policy seen on wallet_hour for select to ${request} using (${ofVisibleWallet('wallet_hour.wallet_id')});
  create policy system on wallet_hour to ${system} using (true) with check (true);

  -- Which lots somebody was told about before they expire, and how many days before: each once.
  create table lot_expiry_notice (
    lot_id uuid not null references lot (id),
    days smallint not null,
    told_at timestamptz not null,
    primary key (lot_id, days)
  );
  grant select, insert on lot_expiry_notice to ${system};
  alter table lot_expiry_notice enable row level security;
  create policy system on lot_expiry_notice to ${system} using (true) with check (true);

  -- Below what balance whose people are told: each account that sees a wallet may have an alert of its own. Armed until it has gone off, and again once the balance is back.
  create table wallet_alert (
    wallet_id uuid not null references wallet (id),
    account_id uuid not null,
    below bigint not null check (below between 1 and ${MOST}),
    armed boolean not null,
    went_off_at timestamptz,
    primary key (wallet_id, account_id)
  );
  grant select on wallet_alert to ${request}, ${system};
  grant insert, update (below, armed), delete on wallet_alert to ${request};
  grant update (armed, went_off_at) on wallet_alert to ${system};
  ${accountPolicies('wallet_alert', request, 'BILLING')}
  create policy removed on wallet_alert for delete to ${request} using (account_id = (select access.viewer_account()));
  -- For a wallet that the viewer sees, and no other.
  create policy of_visible_wallet on wallet_alert as restrictive for insert to ${request} with check (${ofVisibleWallet('wallet_alert.wallet_id')});

  -- Buys packs by itself when the wallet falls below, with a profile of the wallet's own account, never for more than the cap in a calendar month of the account's zone.
  create table wallet_top_up (
    wallet_id uuid primary key references wallet (id),
    account_id uuid not null,
    below bigint not null check (below between 1 and ${MOST}),
    pack_id uuid not null,
    quantity integer not null check (quantity > 0),
    profile_id uuid not null,
    currency text not null,
    monthly_cap bigint not null check (monthly_cap between 1 and ${MOST}),
    active boolean not null,
    -- Why it stopped by itself: the code of the refusal. Null while it runs, and when somebody stopped it.
    stopped_because text,
    set_by uuid,
    set_at timestamptz not null,
    -- Until when the cap leaves no room for another purchase, of which was told: the end of the month.
    capped_until timestamptz
  );
  create table wallet_top_up_purchase (
    id uuid primary key,
    wallet_id uuid not null references wallet_top_up (wallet_id),
    month text not null check (month ~ '^[0-9]{4}-[0-9]{2}$'),
    -- What it costs with tax, from prepaid money or the card: counts for the cap unless it came to nothing.
    amount bigint not null check (amount between 0 and ${MOST}),
    currency text not null,
    state text not null check (state in ('UNDER_WAY', 'BOUGHT', 'FAILED')),
    failure text,
    asked_at timestamptz not null,
    ended_at timestamptz
  );
  -- One at a time.
  create unique index top_up_under_way on wallet_top_up_purchase (wallet_id) where state = 'UNDER_WAY';
  create index top_up_of_month on wallet_top_up_purchase (wallet_id, asked_at desc, id desc);
  grant select on wallet_top_up, wallet_top_up_purchase to ${request}, ${system};
  grant insert, update on wallet_top_up to ${system};
  grant insert, update (state, failure, ended_at) on wallet_top_up_purchase to ${system};
  alter table wallet_top_up enable row level security;
  create policy seen on wallet_top_up for select to ${request} using (${ofVisibleWallet('wallet_top_up.wallet_id')});
  create policy system on wallet_top_up to ${system} using (true) with check (true);
  alter table wallet_top_up_purchase enable row level security;
  create policy seen on wallet_top_up_purchase for select to ${request} using (${ofVisibleWallet('wallet_top_up_purchase.wallet_id')});
  create policy system on wallet_top_up_purchase to ${system} using (true) with check (true);
  `,
);
