import { newId } from '@comptoir/shared/values/uuid.ts';
import { ALL_AREAS, AREAS, type Areas } from '@comptoir/shared/viewer/areas.ts';
import type { PersonViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { anonymous, personViewer, staffViewer } from '@comptoir/testing/viewers.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { getNamedType, isObjectType } from 'graphql';
import { ourTables } from './leaks.ts';
import { admits as admitsByAreas, type Opens } from './opens.ts';
import { ACCOUNT, TYPES, WITHIN_BRANCHES } from './opensByType.ts';
import { entitiesOf, inputFor, operation, payloadSelection, placesOf, rootFields, schemaOf } from './operations.ts';
import { atOnce } from './readAll.ts';
import { openTenants, SERVICES, type Tenants } from './tenants.ts';

/**
 * Who may call what, written down a second time and independently of `permissions.ts`: a field without a line here
 * fails the test, and so does a line that the shield does not keep. Asked with row-level security, and again without:
 * the first wall stands alone.
 */
const ROOT: Record<string, Opens> = {
  'identity Query.viewer': 'known',
  'identity Query.credentialStanding': 'service gateway',
  'identity Query.decision': 'known',
  'identity Query.explainAccess': 'member',
  'identity Query.whoCanAccess': 'SECURITY:READ',
  'identity Mutation.signUp': 'anybody',
  'identity Mutation.signUpComplete': 'anybody',
  'identity Mutation.passwordResetRequest': 'anybody',
  'identity Mutation.passwordReset': 'anybody',
  'identity Mutation.sessionCreate': 'anybody',
  'identity Mutation.sessionRefresh': 'anybody',
  'identity Mutation.sessionSwitch': 'person',
  'identity Mutation.sessionEnd': 'person',
  // The second step of a log-in, and a link in a mail: anyone who has the secret.
  'identity Mutation.sessionTotp': 'anybody',
  'identity Mutation.emailChangeConfirm': 'anybody',
  // One's own sessions, password, second factor and address: people, with or without an account, and no keys.
  'identity Mutation.sessionRevoke': 'person',
  'identity Mutation.sessionsRevokeOthers': 'person',
  'identity Mutation.passwordChange': 'person',
  'identity Mutation.totpEnroll': 'person',
  'identity Mutation.totpConfirm': 'person',
  'identity Mutation.totpDisable': 'person',
  'identity Mutation.emailChange': 'person',
  // A59: log-in as is SECURITY's, and of people; anyone who started one renews and ends it, the client's SECURITY ends
  // it too.
  'identity Mutation.loginAsStart': 'person SECURITY:WRITE',
  'identity Mutation.loginAsRenew': 'person',
  'identity Mutation.loginAsEnd': 'person or SECURITY:WRITE',
  'identity Mutation.passwordResetSend': 'SECURITY:WRITE',
  'identity Mutation.membershipNetworksSet': 'SECURITY:WRITE',
  'identity Mutation.accountNetworksSet': 'SECURITY:WRITE',
  'identity Mutation.apiKeyCreate': 'person SECURITY:WRITE',
  'identity Mutation.apiKeyRotate': 'person SECURITY:WRITE',
  'identity Mutation.apiKeyHandOver': 'person SECURITY:WRITE',
  'identity Mutation.accountSecondFactorSet': 'person SECURITY:WRITE',
  'identity Mutation.userTotpRemove': 'staff SECURITY:WRITE',
  'identity Mutation.apiKeyUpdate': 'person SECURITY:WRITE',
  'identity Mutation.apiKeyRevoke': 'SECURITY:WRITE',
  'identity Mutation.internalApiKeysUsed': 'service gateway',
  'identity Mutation.internalDenialRecord': 'service gateway',
  'identity Mutation.internalNoticeSend': 'service accounts billing trackers',
  'accounts Query.account': 'member',
  'accounts Query.accounts': 'staff PROVISIONING:READ',
  'accounts Query.partnership': 'PROVISIONING:READ',
  'accounts Query.internalAccountNames': 'service identity billing trackers',
  'accounts Mutation.accountCancel': 'PROVISIONING:WRITE',
  'accounts Mutation.accountConvertToPartner': 'staff PROVISIONING:WRITE',
  'accounts Query.partnerConversions': 'staff PROVISIONING:READ',
  'accounts Mutation.partnerConversionRequest': 'PROVISIONING:WRITE',
  'accounts Mutation.partnerConversionRefuse': 'staff PROVISIONING:WRITE',
  'accounts Mutation.internalAccountOpen': 'service identity',
  'accounts Mutation.partnershipRequest': 'PROVISIONING:WRITE',
  'accounts Mutation.partnershipAccept': 'PROVISIONING:WRITE',
  'accounts Mutation.partnershipSecondFactorSet': 'person PROVISIONING:WRITE',
  'accounts Mutation.partnershipRefuse': 'PROVISIONING:WRITE',
  'accounts Mutation.partnershipWithdraw': 'PROVISIONING:WRITE',
  'accounts Mutation.partnershipEnd': 'PROVISIONING:WRITE',
  'identity Query.contact': 'OTHER:READ',
  'identity Query.invitation': 'known',
  'identity Query.membership': 'known',
  'identity Query.user': 'staff SECURITY:READ',
  'identity Query.users': 'staff SECURITY:READ',
  'identity Query.contactsAndGuests': 'staff SECURITY:READ',
  'identity Mutation.contactCreate': 'OTHER:WRITE',
  'identity Mutation.contactUpdate': 'OTHER:WRITE',
  'identity Mutation.contactDelete': 'OTHER:WRITE',
  'identity Mutation.contactAccessGive': 'SECURITY:WRITE',
  'identity Mutation.invitationCreate': 'SECURITY:WRITE',
  'identity Mutation.invitationResend': 'SECURITY:WRITE',
  'identity Mutation.invitationWithdraw': 'SECURITY:WRITE',
  'identity Mutation.invitationAccept': 'anybody',
  'identity Mutation.invitationRefuse': 'anybody',
  'identity Mutation.membershipAreasSet': 'SECURITY:WRITE',
  'identity Mutation.membershipRoleSet': 'SECURITY:WRITE',
  'identity Mutation.membershipBranchesSet': 'SECURITY:WRITE',
  'identity Mutation.membershipDeactivate': 'SECURITY:WRITE',
  'identity Mutation.membershipActivate': 'SECURITY:WRITE',
  'identity Mutation.membershipRemove': 'SECURITY:WRITE',
  'identity Mutation.userDeactivate': 'staff SECURITY:WRITE',
  'identity Mutation.userActivate': 'staff SECURITY:WRITE',
  'accounts Query.branch': 'member',
  'accounts Query.internalBranches': 'service identity trackers',
  'accounts Mutation.branchCreate': 'CONFIGURATION:WRITE',
  'accounts Mutation.branchRename': 'CONFIGURATION:WRITE',
  'accounts Mutation.branchArchive': 'CONFIGURATION:WRITE',
  'accounts Mutation.branchRestore': 'CONFIGURATION:WRITE',
  'trackers Mutation.trackerBranchSet': 'TRACKERS:WRITE',
  'accounts Query.internalAccountFacts': 'service billing',
  'accounts Query.internalAccountsByName': 'service billing',
  'accounts Mutation.accountTimeZoneSet': 'CONFIGURATION:WRITE',
  'billing Query.wallet': 'BILLING:READ',
  'billing Query.billingProfile': 'BILLING:READ',
  'billing Query.payment': 'BILLING:READ',
  'billing Query.invoice': 'BILLING:READ',
  'billing Query.quote': 'BILLING:READ',
  'billing Query.subscription': 'BILLING:READ',
  // What is sold and who sells it: for those who deal with bills, whosever they are.
  'billing Query.seller': 'BILLING:READ',
  'billing Query.cataloguePlan': 'BILLING:READ',
  'billing Query.cataloguePlans': 'BILLING:READ',
  'billing Query.creditPack': 'BILLING:READ',
  'billing Query.creditPacks': 'BILLING:READ',
  'billing Query.commissionBatches': 'staff BILLING:READ',
  'billing Query.ledgerCheck': 'staff BILLING:READ',
  'billing Query.internalWalletPlace': 'service identity',
  'billing Mutation.creditsGrant': 'staff BILLING:WRITE',
  'billing Mutation.creditsTakeBack': 'BILLING:WRITE',
  'billing Mutation.walletAlertSet': 'BILLING:WRITE',
  'billing Mutation.walletAlertRemove': 'BILLING:WRITE',
  'billing Mutation.walletTopUpSet': 'BILLING:WRITE',
  'billing Mutation.walletTopUpStop': 'BILLING:WRITE',
  'billing Mutation.cataloguePlanSet': 'staff BILLING:WRITE',
  'billing Mutation.cataloguePlanRetire': 'staff BILLING:WRITE',
  'billing Mutation.catalogueLimitSet': 'staff BILLING:WRITE',
  'billing Mutation.cataloguePriceSet': 'staff BILLING:WRITE',
  'billing Mutation.creditPackAdd': 'staff BILLING:WRITE',
  'billing Mutation.creditPackPriceSet': 'staff BILLING:WRITE',
  'billing Mutation.creditPackRetire': 'staff BILLING:WRITE',
  'billing Mutation.resellerDiscountSet': 'staff BILLING:WRITE',
  'billing Mutation.migrationDiscountGrant': 'staff BILLING:WRITE',
  'billing Mutation.migrationDiscountWithdraw': 'staff BILLING:WRITE',
  'billing Mutation.billingProfileCreate': 'BILLING:WRITE',
  'billing Mutation.billingProfileUpdate': 'BILLING:WRITE',
  'billing Mutation.billingProfileDelete': 'BILLING:WRITE',
  // A38: a card is put on by a person; so is the address that money is paid out to (A75).
  'billing Mutation.billingProfileCardSet': 'person BILLING:WRITE',
  'billing Mutation.payoutAddressSet': 'person BILLING:WRITE',
  'billing Mutation.billingProfileTaxSet': 'staff BILLING:WRITE',
  'billing Mutation.billingProfileChoose': 'BILLING:WRITE',
  'billing Mutation.paymentRefresh': 'BILLING:WRITE',
  'billing Mutation.prepaidEarmark': 'BILLING:WRITE',
  'billing Mutation.sellerUpdate': 'staff BILLING:WRITE',
  'billing Mutation.invoiceCredit': 'staff BILLING:WRITE',
  'billing Mutation.referralCodeRenew': 'BILLING:WRITE',
  'billing Mutation.commissionTermsSet': 'staff BILLING:WRITE',
  'billing Mutation.commissionMinimumSet': 'staff BILLING:WRITE',
  'billing Mutation.commissionPayoutExport': 'staff BILLING:WRITE',
  'billing Mutation.commissionPayoutConfirm': 'staff BILLING:WRITE',
  'billing Mutation.commissionPayoutCancel': 'staff BILLING:WRITE',
  // Anyone who is told a price may buy at it.
  'billing Mutation.subscriptionCreateQuote': 'BILLING:WRITE',
  'billing Mutation.subscriptionChangeQuote': 'BILLING:WRITE',
  'billing Mutation.subscriptionRenewQuote': 'BILLING:WRITE',
  'billing Mutation.creditsBuyQuote': 'BILLING:WRITE',
  'billing Mutation.creditsAllocateQuote': 'BILLING:WRITE',
  'billing Mutation.prepaidBuyQuote': 'BILLING:WRITE',
  'billing Mutation.quoteCommit': 'BILLING:WRITE',
  'billing Mutation.subscriptionCancel': 'BILLING:WRITE',
  'billing Mutation.subscriptionDisable': 'BILLING:WRITE',
  'billing Mutation.subscriptionEnable': 'BILLING:WRITE',
  'billing Mutation.internalSubscriptionCancel': 'service accounts',
  'billing Mutation.internalReferralAttribute': 'service identity',
  'billing Mutation.internalWalletsOpen': 'service identity',
  'billing Mutation.internalChargesApply': 'service trackers',
  'trackers Query.tracker': 'TRACKERS:READ',
  'trackers Query.internalTrackerPlace': 'service identity',
  'trackers Query.delegation': 'TRACKERS:READ or BILLING:READ',
  'trackers Mutation.trackerCreate': 'TRACKERS:WRITE',
  'trackers Mutation.trackerDuplicate': 'TRACKERS:WRITE',
  'trackers Mutation.trackerRename': 'TRACKERS:WRITE',
  'trackers Mutation.trackersActivate': 'TRACKERS:WRITE',
  'trackers Mutation.trackersDeactivate': 'TRACKERS:WRITE',
  'trackers Mutation.delegationOffer': 'TRACKERS:WRITE',
  'trackers Mutation.delegationAccept': 'BILLING:WRITE',
  'trackers Mutation.delegationRefuse': 'BILLING:WRITE',
  'trackers Mutation.delegationWithdraw': 'TRACKERS:WRITE',
  'trackers Mutation.delegationEnd': 'TRACKERS:WRITE or BILLING:WRITE',
  'trackers Mutation.eventsRecord': 'TRACKERS:WRITE',
  'trackers Mutation.internalPartnershipEnded': 'service accounts',
};

let tenants: Tenants;
beforeAll(async () => {
  tenants = await openTenants();
});
afterAll(() => tenants.stop());

type Asker = { name: string; viewer: Viewer };

/**
 * Somebody with each single area in each verb, as a person, a key and staff; no one, somebody without an account, each
 * service.
 */
function askers(): Asker[] {
  const owner = tenants.local.owner.viewer as PersonViewer;
  const { sessionId, ...acting } = owner;
  const each = AREAS.flatMap((area) => (['READ', 'WRITE'] as const).map((verb): Areas => ({ [area]: verb })));
  return [
    ...each.flatMap((areas): Asker[] => [
      { name: `member with ${JSON.stringify(areas)}`, viewer: { ...owner, role: 'MEMBER', areas } },
      {
        name: `key with ${JSON.stringify(areas)}`,
        viewer: { ...acting, kind: 'KEY', keyId: newId(), role: 'MEMBER', areas },
      },
      { name: `staff with ${JSON.stringify(areas)}`, viewer: { ...staffViewer(), areas } },
    ]),
    {
      name: 'member with every area, limited to a branch',
      viewer: { ...owner, role: 'MEMBER', areas: ALL_AREAS, branches: [tenants.local.people.branchIds[0]] },
    },
    { name: 'member with nothing', viewer: personViewer({ ...owner, role: 'MEMBER', areas: {} }) },
    { name: 'nobody', viewer: anonymous() },
    { name: 'a person without an account', viewer: { ...anonymous(), userId: owner.userId, sessionId, networks: [] } },
    ...SERVICES.map((viewer) => ({ name: `service ${viewer.kind === 'SERVICE' ? viewer.service : ''}`, viewer })),
  ];
}

/** Whether somebody is to be let in at `name`, a line of the tables above. */
function admits(name: string, opens: Opens, viewer: Viewer): boolean {
  const inPerson = opens === 'anybody' || opens === 'known' || opens.startsWith('person or ') || opens === 'person';
  const limited = (viewer.kind === 'PERSON' || viewer.kind === 'KEY') && viewer.branches !== undefined;
  return admitsByAreas(opens, viewer) && (!limited || inPerson || WITHIN_BRANCHES.has(name));
}

type Errors = readonly { message: string; extensions: { code: string } }[] | undefined;

/**
 * True for the shield's own no. The session of these callers is made up, which the mutation that looks for it says in
 * its own words.
 */
const denied = (errors: Errors): boolean =>
  errors?.some(({ message, extensions: { code } }) => {
    if (code === 'UNAUTHENTICATED') return !message.startsWith('The session has ended');
    return code === 'FORBIDDEN' || code === 'ACCOUNT_NOT_CHOSEN';
  }) ?? false;

/** Asks every root field as everybody; returns where the answer is not what the table says. */
async function wrongRootFields(): Promise<string[]> {
  const wrong: string[] = [];
  for (const subgraph of Object.values(tenants.installation.subgraphs)) {
    const schema = schemaOf(subgraph.sdl);
    for (const kind of ['Query', 'Mutation'] as const) {
      for (const field of rootFields(kind === 'Query' ? schema.getQueryType() : schema.getMutationType())) {
        const name = `${subgraph.name} ${kind}.${field.name}`;
        const opens = ROOT[name];
        if (opens === undefined) {
          wrong.push(`${name} has no line in this test`);
          continue;
        }
        // Ending the session of no one in particular is all that it would do; what is slow on purpose is asked by
        // fewer.
        const slow = placesOf(field.args).some(({ path }) => path.endsWith('password'));
        const query = operation(
          kind === 'Query' ? 'query' : 'mutation',
          field,
          kind === 'Query' ? '__typename' : payloadSelection(field),
        );
        const variables = inputFor(field.args, () => undefined, { full: false, choice: 0 });
        await atOnce(slow ? askers().slice(-8) : askers(), async ({ name: who, viewer }) => {
          const { data, errors } = await subgraph.execute({ query, variables }, viewer);
          // The payload of a mutation may hold what its caller cannot read; admitted is who got an answer of the field
          // itself.
          const let_in = kind === 'Query' ? !denied(errors) : data?.[field.name] != null || !denied(errors);
          if (let_in !== admits(name, opens, viewer))
            wrong.push(`${name} ${let_in ? 'lets in' : 'refuses'} ${who}: ${JSON.stringify(errors)?.slice(0, 200)}`);
        });
      }
    }
  }
  return wrong;
}

/** Asks every entity, and every field of an account, with the local side's own ids. */
async function wrongEntities(): Promise<string[]> {
  const wrong: string[] = [];
  for (const subgraph of Object.values(tenants.installation.subgraphs)) {
    for (const type of entitiesOf(schemaOf(subgraph.sdl))) {
      const fields =
        type.name !== 'Account'
          ? []
          : Object.values(type.getFields()).filter(
              ({ args, type: out }) =>
                args.length > 0 || String(out).startsWith('[') || isObjectType(getNamedType(out)),
            );
      const asked: [string, Opens | undefined, string][] = [
        [`${subgraph.name} ${type.name}`, TYPES[`${subgraph.name} ${type.name}`], '__typename id'],
        ...fields.map(({ name, args, type: out }): [string, Opens | undefined, string] => {
          const needs = args
            .filter((arg) => String(arg.type).endsWith('!'))
            .map((arg) => `${arg.name}: "${arg.name === 'from' ? '2026-01-01T00:00:00Z' : '2026-01-02T00:00:00Z'}"`);
          const leaf = 'getFields' in getNamedType(out) ? ' { __typename }' : '';
          return [
            `${subgraph.name} ${name}`,
            ACCOUNT[`${subgraph.name} ${name}`],
            `${name}${needs.length > 0 ? `(${needs.join(', ')})` : ''}${leaf}`,
          ];
        }),
      ];
      const table =
        type.name === 'Account'
          ? 'accounts.account'
          : (TABLE_OF[type.name] ?? `${subgraph.name}.${type.name.toLowerCase()}`);
      const ids =
        type.name === 'Account'
          ? [tenants.local.partnerId]
          : tenants.localIds.filter((row) => row.table === table).map(({ id }) => id);
      expect([table, ids.length > 0]).toEqual([table, true]);
      for (const [name, opens, selection] of asked) {
        if (opens === undefined) {
          wrong.push(`${name} has no line in this test`);
          continue;
        }
        const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${type.name} { ${selection} } } }`;
        const r = ids.slice(0, 3).map((id) => ({ __typename: type.name, id }));
        await atOnce(askers(), async ({ name: who, viewer }) => {
          const { errors } = await subgraph.execute({ query, variables: { r } }, viewer);
          if (denied(errors) === admits(name, opens, viewer))
            wrong.push(`${name} ${denied(errors) ? 'refuses' : 'lets in'} ${who}`);
        });
      }
    }
  }
  return wrong;
}
const TABLE_OF: Record<string, string> = {
  User: 'identity.app_user',
  ApiKey: 'identity.api_key',
  Tracker: 'trackers.tracker',
  Event: 'trackers.event',
  BillingProfile: 'billing.billing_profile',
  PartnerConversion: 'accounts.partner_conversion',
  PlanSubscription: 'billing.subscription',
};

test('O10 each root field opens to exactly those whom its area, role or service lets in', async () => {
  expect(await wrongRootFields()).toEqual([]);
});

test('O10 each entity, and each field of an account, opens to exactly those whom its area lets in', async () => {
  expect(await wrongEntities()).toEqual([]);
});

/**
 * What hangs on other people than oneself needs SECURITY, which the database cannot know: it is asked beside the
 * shield.
 */
async function othersSeenWithoutSecurity(): Promise<unknown[]> {
  const { identity } = tenants.installation.subgraphs;
  const owner = tenants.local.owner.viewer as PersonViewer;
  const seen: unknown[] = [];
  for (const [type, table] of [
    ['User', 'app_user'],
    ['Membership', 'membership'],
    ['ApiKey', 'api_key'],
  ]) {
    const own = [owner.userId, owner.membershipId];
    const ids = tenants.localIds
      .filter((row) => row.table === `identity.${table}` && !own.includes(row.id))
      .map(({ id }) => id);
    const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${type} { id } } }`;
    for (const area of AREAS.filter((each) => each !== 'SECURITY')) {
      const viewer: Viewer = { ...owner, role: 'MEMBER', areas: { [area]: 'WRITE' } };
      const { data } = await identity.execute(
        { query, variables: { r: ids.map((id) => ({ __typename: type, id })) } },
        viewer,
      );
      seen.push(...((data?._entities ?? []) as unknown[]).filter((item) => item !== null));
    }
  }
  return seen;
}

test('GUARD the first wall stands alone: with row-level security off, nobody calls what their areas do not open', async () => {
  expect(await othersSeenWithoutSecurity()).toEqual([]);
  for (const { schema, name } of await ourTables(tenants.installation)) {
    await tenants.installation.admin.query(`alter table ${schema}.${name} disable row level security`);
  }
  expect(await wrongRootFields()).toEqual([]);
  expect(await wrongEntities()).toEqual([]);
  expect(await othersSeenWithoutSecurity()).toEqual([]);
});
