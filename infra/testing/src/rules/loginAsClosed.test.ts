import { permissions as accounts } from '@comptoir/accounts/permissions.ts';
import { permissions as billing } from '@comptoir/billing/permissions.ts';
import { permissions as identity } from '@comptoir/identity/permissions.ts';
import type { Permissions, Rule } from '@comptoir/shared/permissions/permissions.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import { permissions as trackers } from '@comptoir/trackers/permissions.ts';
import { expect, test } from '@jest/globals';
import { personViewer } from '../viewers.ts';

/**
 * What no one does who is logged in as somebody else (N12, GUARD): a password or an e-mail, keys, invitations, people
 * and their areas, from where they may come, the partnership itself, money out of prepaid or off a card, stored cards,
 * where commissions are paid to, a second hop. A mutation that is new is asked about here: it stands in one list or the
 * other.
 */
const CLOSED = {
  identity: [
    'sessionSwitch',
    'sessionRevoke',
    'sessionsRevokeOthers',
    'passwordChange',
    'totpEnroll',
    'totpConfirm',
    'totpDisable',
    'emailChange',
    'loginAsStart',
    'loginAsRenew',
    'membershipNetworksSet',
    'accountNetworksSet',
    'accountSecondFactorSet',
    'userTotpRemove',
    'apiKeyCreate',
    'apiKeyRotate',
    'apiKeyUpdate',
    'apiKeyHandOver',
    'apiKeyRevoke',
    'contactAccessGive',
    'invitationCreate',
    'invitationResend',
    'invitationWithdraw',
    'membershipAreasSet',
    'membershipRoleSet',
    'membershipBranchesSet',
    'membershipDeactivate',
    'membershipActivate',
    'membershipRemove',
    'userDeactivate',
    'userActivate',
  ],
  accounts: [
    'partnershipAccept',
    'partnershipRefuse',
    'partnershipSecondFactorSet',
    'partnershipEnd',
    'accountConvertToPartner',
    'accountCancel',
    // What an account becomes, its own people ask for, and the provider's staff answer.
    'partnerConversionRequest',
    'partnerConversionRefuse',
  ],
  billing: [
    // What only the provider's staff does, and staff is no staff while logged in as somebody.
    'creditsGrant',
    'cataloguePlanSet',
    'cataloguePlanRetire',
    'catalogueLimitSet',
    'cataloguePriceSet',
    'creditPackAdd',
    'creditPackPriceSet',
    'creditPackRetire',
    'resellerDiscountSet',
    'migrationDiscountGrant',
    'migrationDiscountWithdraw',
    'billingProfileTaxSet',
    'sellerUpdate',
    'invoiceCredit',
    'commissionTermsSet',
    'commissionMinimumSet',
    'commissionPayoutExport',
    'commissionPayoutConfirm',
    'commissionPayoutCancel',
    // No money out of prepaid nor off a card, now or by an order for later: a top-up, another profile that pays for the
    // cycles to come.
    'quoteCommit',
    'prepaidEarmark',
    'walletTopUpSet',
    'billingProfileChoose',
    // The card itself, which goes with its profile.
    'billingProfileCardSet',
    'billingProfileDelete',
    // What brings a partner its commissions, and where they are paid to.
    'payoutAddressSet',
    'referralCodeRenew',
  ],
  trackers: [],
};

const OPEN = {
  identity: [
    // Anyone who has no session, or a mailed secret; logged in as somebody or not makes no difference to them.
    'signUp',
    'signUpComplete',
    'passwordResetRequest',
    'passwordReset',
    'sessionCreate',
    'sessionRefresh',
    'sessionTotp',
    'emailChangeConfirm',
    'invitationAccept',
    'invitationRefuse',
    'sessionEnd',
    'loginAsEnd',
    // The mail goes to the person whose password it is.
    'passwordResetSend',
    'contactCreate',
    'contactUpdate',
    'contactDelete',
  ],
  accounts: [
    'partnershipRequest',
    'partnershipWithdraw',
    'branchCreate',
    'branchRename',
    'branchArchive',
    'branchRestore',
    'accountTimeZoneSet',
  ],
  billing: [
    // Says what it would cost, and costs nothing.
    'subscriptionCreateQuote',
    'subscriptionChangeQuote',
    'subscriptionRenewQuote',
    'creditsBuyQuote',
    'creditsAllocateQuote',
    'prepaidBuyQuote',
    // What stands on invoices to come; the card stays as it is.
    'billingProfileCreate',
    'billingProfileUpdate',
    // Asks what became of a payment that somebody entitled has begun; charges nothing.
    'paymentRefresh',
    // Credits that were given, back to the one who gave them; no money.
    'creditsTakeBack',
    'walletAlertSet',
    'walletAlertRemove',
    // To spend less is open: it can be taken up again.
    'walletTopUpStop',
    'subscriptionCancel',
    'subscriptionDisable',
    'subscriptionEnable',
  ],
  trackers: [
    'trackerCreate',
    'trackerDuplicate',
    'trackerRename',
    'trackerBranchSet',
    'trackersActivate',
    'trackersDeactivate',
    'delegationOffer',
    'delegationAccept',
    'delegationRefuse',
    'delegationWithdraw',
    'delegationEnd',
    'eventsRecord',
  ],
};

const tables: Record<keyof typeof CLOSED, Permissions> = { identity, accounts, billing, trackers };

const oneself: PersonViewer = personViewer({ accountId: newId() });
// As the gateway makes it: no matter who they are at home, they are no one's owner and no staff there.
const loggedInAs: PersonViewer = {
  ...oneself,
  role: 'MEMBER',
  actors: [{ userId: oneself.userId, accountId: newId(), loginAsId: newId() }],
};

test.each(Object.keys(tables) as (keyof typeof CLOSED)[])(
  'N12 what is closed while logged in as somebody: %s',
  (name) => {
    const mutations = Object.entries(tables[name].Mutation as Record<string, Rule>).filter(
      ([field]) => !field.startsWith('internal'),
    );
    const closed = mutations.filter(([, rule]) => rule.check(loggedInAs) !== true).map(([field]) => field);
    expect(closed.sort()).toEqual([...CLOSED[name]].sort());
    const open = mutations.filter(([, rule]) => rule.check(loggedInAs) === true).map(([field]) => field);
    expect(open.sort()).toEqual([...OPEN[name]].sort());
  },
);

test('N12 whoever acts for themselves is not touched by it', () => {
  const rule = (identity.Mutation as Record<string, Rule>).passwordChange as Rule;
  expect(rule.check(oneself)).toBe(true);
  expect(rule.check(loggedInAs)).toMatchObject({ extensions: { code: 'FORBIDDEN', rule: 'N12' } });
});
