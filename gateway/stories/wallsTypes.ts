import type { Area, Verb } from '@comptoir/shared/viewer.ts';

/** Whom a field lets in, in words of this test's own. */
export type Opens =
  | 'anybody'
  | 'known'
  | 'person'
  | 'member'
  | `${Area}:${Verb}`
  | `${Area}:${Verb} or ${Area}:${Verb}`
  | `person ${Area}:${Verb}`
  | `person or ${Area}:${Verb}`
  | `staff ${Area}:${Verb}`
  | `service ${string}`;

/** What `_entities` hands out, and what hangs on an account: those past whom no root field stands. */
export const TYPES: Record<string, Opens> = {
  'identity User': 'known',
  'identity Membership': 'known',
  'identity ApiKey': 'known',
  'identity Contact': 'OTHER:READ',
  'identity Invitation': 'known',
  'identity Account': 'known',
  'accounts Account': 'member',
  'accounts Branch': 'member',
  'accounts Partnership': 'PROVISIONING:READ',
  'billing Account': 'member',
  'billing Wallet': 'BILLING:READ',
  'billing Charge': 'BILLING:READ',
  'billing BillingProfile': 'BILLING:READ',
  'billing Payment': 'BILLING:READ',
  'billing Invoice': 'BILLING:READ',
  'billing Quote': 'BILLING:READ',
  'billing PlanSubscription': 'BILLING:READ',
  // Referred to; when its credits run out hangs on it.
  'billing Tracker': 'member',
  // Referred to; its charge hangs on it.
  'billing Event': 'member',
  'billing ApiKey': 'known',
  'trackers Account': 'member',
  'trackers Tracker': 'TRACKERS:READ',
  'trackers Delegation': 'TRACKERS:READ or BILLING:READ',
  'trackers Event': 'TRACKERS:READ',
};
export const ACCOUNT: Record<string, Opens> = {
  'identity people': 'SECURITY:READ',
  'identity networks': 'SECURITY:READ',
  'identity secondFactorRequired': 'SECURITY:READ',
  'identity secondFactorMissing': 'known',
  'identity apiKeys': 'SECURITY:READ',
  'identity invitations': 'SECURITY:READ',
  'identity contacts': 'OTHER:READ',
  'identity trail': 'SECURITY:READ',
  'identity loginAsSessions': 'SECURITY:READ',
  'accounts clients': 'member',
  'accounts branches': 'member',
  'accounts partnerships': 'PROVISIONING:READ',
  'billing wallets': 'BILLING:READ',
  'billing billingProfiles': 'BILLING:READ',
  'billing commissions': 'BILLING:READ',
  'billing creditMovements': 'BILLING:READ',
  'billing invoices': 'BILLING:READ',
  'billing invoiceTotals': 'BILLING:READ',
  'billing migrationDiscounts': 'BILLING:READ',
  'billing quotes': 'BILLING:READ',
  'billing referral': 'BILLING:READ',
  'billing resellerDiscount': 'BILLING:READ',
  'billing resellerDiscounts': 'BILLING:READ',
  'billing subscription': 'BILLING:READ',
  'trackers trackers': 'TRACKERS:READ',
  'trackers delegatedTrackers': 'TRACKERS:READ',
  'trackers delegations': 'TRACKERS:READ or BILLING:READ',
  'trackers events': 'TRACKERS:READ',
  'trackers consumption': 'TRACKERS:READ',
};

/** What a member who is limited to branches may call and read besides what is theirs in person (G12): all else in these tables belongs to the account as a whole. */
export const WITHIN_BRANCHES = new Set([
  'identity Query.explainAccess',
  'identity Query.whoCanAccess',
  'identity Query.contact',
  'identity Mutation.passwordResetSend',
  'identity Mutation.membershipNetworksSet',
  'identity Mutation.membershipAreasSet',
  'identity Mutation.membershipRoleSet',
  'identity Mutation.membershipBranchesSet',
  'identity Mutation.membershipDeactivate',
  'identity Mutation.membershipActivate',
  'identity Mutation.membershipRemove',
  'identity Mutation.apiKeyCreate',
  'identity Mutation.apiKeyRotate',
  'identity Mutation.apiKeyUpdate',
  'identity Mutation.apiKeyRevoke',
  'identity Mutation.contactCreate',
  'identity Mutation.contactUpdate',
  'identity Mutation.contactDelete',
  'identity Mutation.contactAccessGive',
  'identity Mutation.invitationCreate',
  'identity Mutation.invitationResend',
  'identity Mutation.invitationWithdraw',
  'identity Contact',
  'identity people',
  'identity apiKeys',
  'identity invitations',
  'identity contacts',
  'accounts Query.account',
  'accounts Query.branch',
  'accounts Account',
  'accounts Branch',
  'accounts branches',
  'billing Account',
  'billing Tracker',
  'billing Event',
  'trackers Query.tracker',
  'trackers Query.delegation',
  'trackers Mutation.trackerCreate',
  'trackers Mutation.trackerDuplicate',
  'trackers Mutation.trackerBranchSet',
  'trackers Mutation.trackerRename',
  'trackers Mutation.trackersActivate',
  'trackers Mutation.trackersDeactivate',
  'trackers Mutation.eventsRecord',
  'trackers Account',
  'trackers Tracker',
  'trackers Delegation',
  'trackers Event',
  'trackers trackers',
  'trackers delegatedTrackers',
  'trackers delegations',
  'trackers events',
  'trackers consumption',
]);
