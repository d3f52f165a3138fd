import { accounts } from '@comptoir/accounts/schema.ts';
import { billing } from '@comptoir/billing/schema.ts';
import { testConfig } from '@comptoir/billing/testing/testConfig.ts';
import { identity } from '@comptoir/identity/schema.ts';
import { databaseUrls } from '@comptoir/launch/database/bootstrap.ts';
import { beforeLogIn, type Permissions } from '@comptoir/shared/permissions/permissions.ts';
import { createLog } from '@comptoir/shared/process/log.ts';
import type { LocalSubgraph } from '@comptoir/shared/protocol/subgraph.ts';
import { createLocalSubgraph, type SubgraphDefinition } from '@comptoir/shared/service/localSubgraph.ts';
import { createSubgraphServer } from '@comptoir/shared/service/subgraphServer.ts';
import { testRolePassword } from '@comptoir/testing/template.ts';
import { trackers } from '@comptoir/trackers/schema.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GraphQLObjectType, getNamedType, isIntrospectionType, isObjectType } from 'graphql';
import { importJWK, type JWK, SignJWT } from 'jose';
import { keyPair } from '../../src/testing/graph.ts';
import { leaksIn } from './leaks.ts';
import {
  entitiesOf,
  idArguments,
  isReference,
  operation,
  type Reading,
  readingsOf,
  rootFields,
  schemaOf,
} from './operations.ts';
import { type Caller, openTenants, SERVICES, type Tenants } from './tenants.ts';

/** The second wall alone, and the subgraphs' own doors. */
let tenants: Tenants;
beforeAll(async () => {
  tenants = await openTenants();
});
afterAll(() => tenants.stop());

/** Everybody passes by it, but who is outside a network list of theirs; no subgraph starts with `allow` everywhere. */
const everybody = beforeLogIn;

function allowEverything(sdl: string): Permissions {
  const schema = schemaOf(sdl);
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !isIntrospectionType(type));
  const roots = [schema.getQueryType(), schema.getMutationType()];
  return Object.fromEntries(
    types.map((type) => {
      const fields = Object.keys(roots.find((root) => root === type)?.getFields() ?? {});
      return [
        type.name,
        fields.length === 0 ? everybody : Object.fromEntries(fields.map((field) => [field, everybody])),
      ];
    }),
  );
}

/** The subgraphs on the same database, with a shield that lets everybody through. */
async function withoutShield(): Promise<LocalSubgraph[]> {
  const { private: signingKey } = await keyPair();
  const database = new URL(tenants.installation.adminUrl).pathname.slice(1);
  const urls = databaseUrls(tenants.installation.adminUrl, database, testRolePassword(tenants.installation.adminUrl));
  const config = {
    signingKey,
    refreshSecret: 'a secret of this test',
    publicUrl: 'http://comptoir.localhost',
    mail: { smtpUrl: tenants.installation.mailbox.smtpUrl, from: 'no-reply@comptoir.localhost' },
  };
  const open = <Loaders>(definition: SubgraphDefinition<Loaders>): Promise<LocalSubgraph> =>
    createLocalSubgraph(
      { ...definition, permissions: allowEverything(tenants.installation.subgraphs[definition.name].sdl) },
      {
        databaseUrls: urls[definition.name],
        services: tenants.installation.subgraphs,
        log: createLog('no shield', { level: 'fatal' }),
        poolSize: { request: 4, system: 1 },
      },
    );
  return [
    await open(identity(config)),
    await open(accounts),
    await open(billing(await testConfig())),
    await open(trackers),
  ];
}

/** Nothing is refused here, so that objects are read with their leaves and those need not be read alone. */
const whole = (type: GraphQLObjectType): Reading[] =>
  readingsOf(type).filter(({ leaf, path }) => !leaf || path.length === 1);

/**
 * What reads by the second role, for services and for staff: the shield is all that guards them, and
 * `areas.story.test.ts` proves it. A service has no account, so the role of requests would show it nothing; the places
 * of a wallet and a tracker are ids only, and identity asks whether its own caller may know.
 */
const BY_SYSTEM_ROLE = [
  'cataloguePlan',
  'credentialStanding',
  'creditPack',
  'internalAccountFacts',
  'internalAccountNames',
  'internalAccountsByName',
  'internalTrackerPlace',
  'internalWalletPlace',
  'ledgerCheck',
];

test('GUARD the second wall stands alone: with a shield that allows everything, no foreign row appears', async () => {
  const open = await withoutShield();
  const remoteIds = [...new Set(tenants.remoteIds.map(({ id }) => id))];
  const accountIds = tenants.remoteIds.filter(({ table }) => table === 'accounts.account').map(({ id }) => id);
  const services: Caller[] = SERVICES.map((viewer) => ({ name: 'a service', token: null, viewer }));
  const leaks: string[] = [];
  let asked = 0;
  try {
    for (const subgraph of open) {
      const schema = schemaOf(subgraph.sdl);
      const execute = async (query: string, variables: Record<string, unknown>, caller: Caller, sent: string[]) => {
        const answer = await subgraph.execute({ query, variables }, caller.viewer);
        asked += 1;
        for (const leak of leaksIn(JSON.stringify(answer), tenants.remoteSecrets, sent))
          leaks.push(`${caller.name}: ${subgraph.name} ${query.slice(0, 120)} gives ${leak}`);
        return answer.data;
      };
      for (const caller of [...tenants.strangers, ...services]) {
        for (const field of rootFields(schema.getQueryType()).filter(({ name }) => !BY_SYSTEM_ROLE.includes(name))) {
          const type = getNamedType(field.type) as GraphQLObjectType;
          if (idArguments(field).length > 0) {
            const fields = remoteIds.map((id, at) => `r${at}: ${field.name}(id: "${id}") { __typename }`);
            const data = await execute(`{ ${fields.join('\n')} }`, {}, caller, []);
            for (const [alias, value] of Object.entries(data ?? {}))
              if (value !== null)
                leaks.push(`${caller.name}: ${field.name} gives ${remoteIds[Number(alias.slice(1))]}`);
            continue;
          }
          for (const { text } of whole(type)) await execute(operation('query', field, text), {}, caller, []);
        }
        for (const type of entitiesOf(schema)) {
          const referred = isReference(subgraph.name, type);
          const table = type.name === 'Account' ? accountIds : remoteIds;
          const r = table.map((id) => ({ __typename: type.name, id }));
          const readings = referred ? whole(type) : whole(type).slice(0, 8);
          const fields = readings.map(
            ({ text }, at) => `e${at}: _entities(representations: $r) { ... on ${type.name} { ${text} } }`,
          );
          const data = await execute(`query ($r: [_Any!]!) { ${fields.join('\n')} }`, { r }, caller, table);
          const there = referred
            ? []
            : Object.values(data ?? {})
                .flat()
                .filter((item) => item !== null);
          if (there.length > 0)
            leaks.push(`${caller.name}: ${subgraph.name} ${type.name} is there: ${JSON.stringify(there[0])}`);
        }
      }
    }
    // Control: it is the rows that decide here, not an empty installation or a shield left standing.
    const query =
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Account { trackers { nodes { id } } } } }';
    const r = [{ __typename: 'Account', id: tenants.remote.accountId }];
    const own = await open[3]?.execute({ query, variables: { r } }, tenants.remote.owner.viewer);
    expect(leaksIn(JSON.stringify(own), tenants.remoteSecrets).length).toBeGreaterThan(2);
    const bare = { ...tenants.remote.owner.viewer, areas: {}, role: 'MEMBER' as const } as Caller['viewer'];
    const unshielded = await open[3]?.execute({ query, variables: { r } }, bare);
    expect(leaksIn(JSON.stringify(unshielded), tenants.remoteSecrets).length).toBeGreaterThan(2);
  } finally {
    await Promise.all(open.map((subgraph) => subgraph.stop()));
  }
  expect(leaks).toEqual([]);
  expect(asked).toBeGreaterThan(200);
});

/** Tables without policies, each with the reason. */
const WITHOUT_POLICIES: Record<string, string> = {
  'access.migration': 'which migrations ran; no role of the application may read it',
  'accounts.migration': 'as above',
  'billing.migration': 'as above',
  'identity.migration': 'as above',
  'trackers.migration': 'as above',
};

test('GUARD every table has row-level security or stands on a short list, whose tables no request may touch', async () => {
  const { rows } = await tenants.installation.admin.query(
    `select n.nspname || '.' || c.relname as name, c.relrowsecurity as secured,
            array(select r.rolname::text || ' ' || p.privilege from pg_roles r, unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as p (privilege)
                  where r.rolname like 'comptoir\\_%' and r.rolname not like '%\\_system' and r.rolname <> current_user
                    and has_any_column_privilege(r.oid, c.oid, case p.privilege when 'DELETE' then 'UPDATE' else p.privilege end)
                    and (p.privilege <> 'DELETE' or has_table_privilege(r.oid, c.oid, 'DELETE')) order by 1) as rights
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and n.nspname in ('access', 'identity', 'accounts', 'billing', 'trackers') order by 1`,
  );
  const open = rows.filter(({ secured }) => !secured);
  expect(open.map(({ name }) => name).sort()).toEqual(Object.keys(WITHOUT_POLICIES).sort());
  for (const { name, rights } of open) {
    expect([name, rights]).toEqual([name, []]);
  }
});

/**
 * Who may delete what, each with the reason. What is gone by it decides nothing any more, and the trail says that it
 * was.
 */
const MAY_DELETE: Record<string, string> = {
  'comptoir_billing DELETE billing.wallet_alert':
    'an account’s own wish to be told; a policy keeps it to that account’s',
  'comptoir_billing_system DELETE billing.wallet_hour':
    'sums for the forecast, older than it looks back; the charges stay',
  'comptoir_billing_system DELETE billing.wallet_snapshot':
    'a projection that an entry of an earlier instant made wrong; the entries stay',
  'comptoir_identity DELETE identity.contact':
    'a card is the account’s own note (G04); a policy keeps it to OTHER:WRITE',
  'comptoir_identity_system DELETE access.account_network': 'an empty list is no row',
  'comptoir_identity_system DELETE access.account_second_factor':
    'what is not required is no row; the history keeps when it was',
  'comptoir_identity_system DELETE identity.email_change':
    'a newer request or password ends what was not agreed yet; a policy keeps what took effect',
  'comptoir_identity_system DELETE identity.known_network': 'swept a year after its person last got in from there',
  'comptoir_identity_system DELETE identity.link': 'swept a week after it expired',
  'comptoir_identity_system DELETE identity.login_challenge': 'is over in minutes and swept; a new password ends it',
  'comptoir_identity_system DELETE identity.login_guess': 'counts for an hour and is swept',
  'comptoir_identity_system DELETE identity.login_lock': 'is over in minutes and swept',
  'comptoir_identity_system DELETE identity.mail': 'swept a month after it was sent, its job being done',
  'comptoir_identity_system DELETE identity.mail_count': 'counts for an hour and is swept',
  'comptoir_identity_system DELETE identity.notice': 'swept after three months, its mails being sent',
  'comptoir_identity_system DELETE identity.recovery_code': 'goes with the second factor',
  'comptoir_identity_system DELETE identity.session': 'swept a month after it ended; the trail keeps its id',
  'comptoir_identity_system DELETE identity.totp': 'turned off by its person: a secret that is not needed is not kept',
  'comptoir_trackers_system DELETE trackers.intake': 'becomes an event or is refused',
};

test('GUARD no role of the application may edit the books or delete what counts, and requests may delete nothing', async () => {
  const { rows } = await tenants.installation.admin.query(
    `select r.rolname || ' ' || p.privilege || ' ' || n.nspname || '.' || c.relname as text
     from pg_roles r, pg_class c join pg_namespace n on n.oid = c.relnamespace, unnest(array['UPDATE', 'DELETE', 'TRUNCATE']) as p (privilege)
     where r.rolname like 'comptoir\\_%' and r.rolname <> current_user and not r.rolsuper and c.relkind in ('r', 'p')
       and n.nspname in ('access', 'identity', 'accounts', 'billing', 'trackers')
       and (has_table_privilege(r.oid, c.oid, p.privilege) or (p.privilege = 'UPDATE' and has_any_column_privilege(r.oid, c.oid, 'UPDATE')))
     order by 1`,
  );
  const rights: string[] = rows.map(({ text }) => text);
  const appendOnly =
    /(ledger_transaction\w*|ledger_entry|charge|charge_further_lot|idempotency_key|credit_movement|lot_expiry_notice|billing\.invoice|invoice_line|credit_note_part|invoice_payment|subscription_change|reseller_discount|referral_attribution|commission_terms|commission_line|commission_credit|commission_credit_note|commission_statement|commission_payout_statement|catalogue_limit|catalogue_price|credit_pack_price|trackers\.event|access\.trail|access\.trail_account|access\.trail_link|access\.trail_checkpoint)$/;
  expect(rights.filter((text) => appendOnly.test(text))).toEqual([]);
  // What was sent is not edited, though it is swept one day.
  expect(rights.filter((text) => /UPDATE identity\.(mail|notice)$/.test(text))).toEqual([]);
  expect(rights.filter((text) => text.includes('TRUNCATE'))).toEqual([]);
  expect(rights.filter((text) => text.includes('DELETE'))).toEqual(Object.keys(MAY_DELETE));
});

test('a subgraph over HTTP answers nobody but its gateway and services: not without a token, nor with one for another, an old or a borrowed one', async () => {
  const [gateway, billingKey, stranger] = await Promise.all([keyPair(), keyPair(), keyPair()]);
  const server = createSubgraphServer(tenants.installation.subgraphs.trackers, {
    trustedKeys: { gateway: gateway.public, billing: billingKey.public },
    log: createLog('door', { level: 'fatal' }),
  });
  const url = await server.listen(0, '127.0.0.1');
  type Change = { viewer?: unknown; issuer?: string; audience?: string; issued?: number; header?: object };
  const token = async (
    key: JWK,
    {
      viewer = tenants.local.owner.viewer,
      issuer = 'gateway',
      audience = 'trackers',
      issued = 0,
      header = {},
    }: Change = {},
  ) =>
    await new SignJWT({ viewer: viewer as never })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'viewer+jwt', ...header })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(Math.floor(Date.now() / 1000) + issued)
      .setExpirationTime(Math.floor(Date.now() / 1000) + issued + 30)
      .sign(await importJWK(key, 'EdDSA'));
  const person = tenants.local.owner.viewer;
  const refused: Record<string, string> = {
    nothing: '',
    'an access token': tenants.local.owner.token as string,
    'another audience': await token(gateway.private, { audience: 'billing' }),
    'an old one': await token(gateway.private, { issued: -120 }),
    'one from the future': await token(gateway.private, { issued: 3_600 }),
    'a service that claims a person': await token(billingKey.private, { issuer: 'billing', viewer: person }),
    'a service that signs as the gateway': await token(billingKey.private, { viewer: person }),
    'a service that claims another': await token(billingKey.private, { issuer: 'billing', viewer: { ...SERVICES[0] } }),
    'a stranger': await token(stranger.private),
    'an issuer that is a property of objects': await token(stranger.private, { issuer: '__proto__' }),
    'another type': await token(gateway.private, { header: { typ: 'at+jwt' } }),
    'no viewer': await token(gateway.private, { viewer: { kind: 'PERSON' } }),
    'one without network lists (G11)': await token(gateway.private, { viewer: { ...person, networks: undefined } }),
  };
  const send = async (text: string, query: string) => {
    const headers = { 'content-type': 'application/json', ...(text === '' ? {} : { authorization: `Bearer ${text}` }) };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
    return {
      status: response.status,
      body: (await response.json()) as { data?: unknown; errors?: { extensions: { code: string } }[] },
    };
  };
  const queries = [
    '{ _service { sdl } }',
    '{ _entities(representations: [{ __typename: "Tracker", id: "x" }]) { __typename } }',
    '{ __schema { types { name } } }',
    '{ tracker(id: "x") { id } }',
  ];
  try {
    for (const [name, text] of Object.entries(refused)) {
      for (const query of queries) {
        const { status, body } = await send(text, query);
        expect([name, status, body.data, body.errors?.[0]?.extensions.code]).toEqual([
          name,
          401,
          undefined,
          'UNAUTHENTICATED',
        ]);
      }
    }
    expect((await send(await token(gateway.private), '{ tracker(id: "x") { id } }')).body).toEqual({
      data: { tracker: null },
    });
    // A person's token is good for what people may ask, and the schema is the gateway's alone.
    expect((await send(await token(gateway.private), '{ _service { sdl } }')).body.errors?.[0]?.extensions.code).toBe(
      'FORBIDDEN',
    );
  } finally {
    await server.close();
  }
});

test('GUARD tokens of one kind are none of another at the gateway, and no header makes an address or an account', async () => {
  const { installation, local } = tenants;
  const who = '{ viewer { user { id } } }';
  const session = await installation.ask(
    'mutation { sessionCreate(input: { email: "owner0@proche.example", password: "correct horse battery staple" }) { session { refreshToken sessionId } } }',
  );
  const { private: key } = await keyPair();
  const borrowed = await new SignJWT({ viewer: local.owner.viewer as never })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'viewer+jwt' })
    .setIssuer('gateway')
    .setAudience('gateway')
    .setIssuedAt()
    .setExpirationTime('30s')
    .sign(await importJWK(key, 'EdDSA'));
  const { refreshToken, sessionId } = session.data.sessionCreate.session;
  for (const token of [refreshToken, sessionId, borrowed, `${local.owner.token}x`, 'ck_', 'null', '0'])
    expect((await installation.ask(who, {}, token)).status).toBe(401);
  const refreshed = await installation.ask(
    'mutation ($t: String!) { sessionRefresh(input: { refreshToken: $t }) { session { sessionId } userErrors { code } } }',
    { t: local.owner.token },
  );
  expect(refreshed.data.sessionRefresh).toEqual({ session: null, userErrors: [{ code: 'REFRESH_NOT_VALID' }] });

  await installation.admin.query(`update identity.membership set networks = '{198.51.100.7/32}' where id = $1`, [
    (local.partner.viewer as { membershipId: string }).membershipId,
  ]);
  const forged = {
    'x-forwarded-for': '198.51.100.7',
    forwarded: 'for=198.51.100.7',
    'x-real-ip': '198.51.100.7',
    'true-client-ip': '198.51.100.7',
  };
  const inside = await installation.ask(who, {}, local.partner.token, {
    ...forged,
    'comptoir-account': local.partnerId.toUpperCase(),
  });
  expect([inside.status, inside.errors?.[0]?.extensions.code]).toEqual([403, 'ADDRESS_NOT_ALLOWED']);
});
