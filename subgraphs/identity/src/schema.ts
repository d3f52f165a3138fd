import type { SubgraphDefinition } from '@comptoir/shared/service/localSubgraph.ts';
import { apiKeyCreate } from './apiKeys/apiKeyCreate.ts';
import { apiKeyHandOver } from './apiKeys/apiKeyHandOver.ts';
import { AccountApiKeys, ApiKey } from './apiKeys/apiKeyResolvers.ts';
import { apiKeyRevoke } from './apiKeys/apiKeyRevoke.ts';
import { apiKeyRotate } from './apiKeys/apiKeyRotate.ts';
import { apiKeyUpdate } from './apiKeys/apiKeyUpdate.ts';
import { internalApiKeysUsed } from './apiKeys/internalApiKeysUsed.ts';
import type { IdentityConfig } from './base/config.ts';
import { contactCreate } from './contacts/contactCreate.ts';
import { contactDelete } from './contacts/contactDelete.ts';
import { AccountContacts, Contact, ContactQuery } from './contacts/contactResolvers.ts';
import { contactUpdate } from './contacts/contactUpdate.ts';
import { type Loaders, makeLoaders } from './context.ts';
import { emailChange } from './emailChange/emailChange.ts';
import { emailChangeConfirm } from './emailChange/emailChangeConfirm.ts';
import { contactAccessGive } from './invitations/contactAccessGive.ts';
import { invitationAccept } from './invitations/invitationAccept.ts';
import { invitationCreate } from './invitations/invitationCreate.ts';
import { invitationRefuse } from './invitations/invitationRefuse.ts';
import { invitationResend } from './invitations/invitationResend.ts';
import {
  AccountInvitations,
  Invitation,
  InvitationQuery,
  MembershipInvitation,
  ViewerInvitations,
} from './invitations/invitationResolvers.ts';
import { invitationWithdraw } from './invitations/invitationWithdraw.ts';
import { background, jobs } from './jobs.ts';
import { passwordReset } from './links/passwordReset.ts';
import { passwordResetRequest } from './links/passwordResetRequest.ts';
import { passwordResetSend } from './links/passwordResetSend.ts';
import { signUp } from './links/signUp.ts';
import { signUpComplete } from './links/signUpComplete.ts';
import { loginAsEnd } from './loginAs/loginAsEnd.ts';
import { loginAsRenew } from './loginAs/loginAsRenew.ts';
import { AccountLoginAs, LoginAs, ViewerLoginAs } from './loginAs/loginAsResolvers.ts';
import { loginAsStart } from './loginAs/loginAsStart.ts';
import { MemberQuery, MembershipRecord, UserRecord } from './members/memberResolvers.ts';
import { membershipAreasSet } from './members/membershipAreasSet.ts';
import { membershipBranchesSet } from './members/membershipBranchesSet.ts';
import { membershipRoleSet } from './members/membershipRoleSet.ts';
import { membershipActivate, membershipDeactivate, membershipRemove } from './members/membershipSwitches.ts';
import { userActivate, userDeactivate } from './members/userSwitches.ts';
import { internalNoticeSend } from './notices/internalNoticeSend.ts';
import { passwordChange } from './passwords/passwordChange.ts';
import { accountNetworksSet } from './people/accountNetworksSet.ts';
import { membershipNetworksSet } from './people/membershipNetworksSet.ts';
import { AccountPeople, Membership, PeopleQuery, User, ViewerFields } from './people/peopleResolvers.ts';
import { permissions } from './permissions.ts';
import { accountSecondFactorSet } from './secondFactor/accountSecondFactorSet.ts';
import { AccountSecondFactor, ViewerTotp } from './secondFactor/secondFactorResolvers.ts';
import { totpConfirm } from './secondFactor/totpConfirm.ts';
import { totpDisable } from './secondFactor/totpDisable.ts';
import { totpEnroll } from './secondFactor/totpEnroll.ts';
import { userTotpRemove } from './secondFactor/userTotpRemove.ts';
import { credentialStanding } from './sessions/credentialStanding.ts';
import { sessionCreate } from './sessions/sessionCreate.ts';
import { sessionEnd } from './sessions/sessionEnd.ts';
import { Session, ViewerSessions } from './sessions/sessionListResolvers.ts';
import { sessionRefresh } from './sessions/sessionRefresh.ts';
import { SessionMembership } from './sessions/sessionResolvers.ts';
import { sessionRevoke } from './sessions/sessionRevoke.ts';
import { sessionSwitch } from './sessions/sessionSwitch.ts';
import { sessionsRevokeOthers } from './sessions/sessionsRevokeOthers.ts';
import { sessionTotp } from './sessions/sessionTotp.ts';
import { entities } from './tables.ts';
import { internalDenialRecord } from './trail/internalDenialRecord.ts';
import { AccountTrail, TrailActor, TrailEntry, TrailQuery } from './trail/trailResolvers.ts';
import { AccessGrantor, AccessHolder, WhyQuery } from './why/whyResolvers.ts';

export function identity(config: IdentityConfig): SubgraphDefinition<Loaders> {
  return {
    name: 'identity',
    sdlFolder: new URL('.//', import.meta.url),
    resolvers: {
      Query: {
        ...PeopleQuery,
        ...ContactQuery,
        ...InvitationQuery,
        ...MemberQuery,
        ...TrailQuery,
        ...WhyQuery,
        credentialStanding: credentialStanding(config),
      },
      Mutation: {
        signUp: signUp(config),
        signUpComplete: signUpComplete(config),
        passwordResetRequest: passwordResetRequest(config),
        passwordReset: passwordReset(config),
        sessionCreate: sessionCreate(config),
        sessionSwitch: sessionSwitch(config),
        sessionRefresh: sessionRefresh(config),
        sessionEnd: sessionEnd(config),
        sessionTotp: sessionTotp(config),
        sessionRevoke: sessionRevoke(config),
        sessionsRevokeOthers: sessionsRevokeOthers(config),
        totpEnroll: totpEnroll(config),
        totpConfirm: totpConfirm(config),
        totpDisable: totpDisable(config),
        passwordChange: passwordChange(config),
        passwordResetSend: passwordResetSend(config),
        emailChange: emailChange(config),
        emailChangeConfirm: emailChangeConfirm(config),
        loginAsStart: loginAsStart(config),
        loginAsRenew: loginAsRenew(config),
        loginAsEnd: loginAsEnd(config),
        membershipNetworksSet,
        accountNetworksSet,
        accountSecondFactorSet,
        userTotpRemove: userTotpRemove(config),
        apiKeyCreate,
        apiKeyRotate,
        apiKeyUpdate,
        apiKeyHandOver,
        apiKeyRevoke,
        contactCreate,
        contactUpdate,
        contactDelete,
        contactAccessGive,
        invitationCreate,
        invitationResend,
        invitationWithdraw,
        invitationAccept: invitationAccept(config),
        invitationRefuse,
        membershipAreasSet,
        membershipRoleSet,
        membershipBranchesSet,
        membershipDeactivate: membershipDeactivate(config),
        membershipActivate: membershipActivate(config),
        membershipRemove: membershipRemove(config),
        userDeactivate: userDeactivate(config),
        userActivate: userActivate(config),
        internalApiKeysUsed,
        internalDenialRecord,
        internalNoticeSend,
      },
      Viewer: { ...ViewerFields, ...ViewerSessions(config), ...ViewerTotp, ...ViewerLoginAs, ...ViewerInvitations },
      User: { ...User, ...UserRecord },
      Membership: { ...Membership, ...MembershipRecord, ...MembershipInvitation },
      Contact,
      Invitation,
      Account: {
        ...AccountPeople,
        ...AccountTrail,
        ...AccountSecondFactor,
        ...AccountApiKeys,
        ...AccountContacts,
        ...AccountInvitations,
        ...AccountLoginAs(config),
      },
      ApiKey,
      TrailEntry,
      TrailActor,
      AccessGrantor,
      AccessHolder,
      SessionMembership,
      Session,
      LoginAs: LoginAs(config),
    },
    permissions,
    entities,
    makeLoaders,
    untrailed: [
      // Noted once a minute for each key that is in use; every change made with it has its row.
      'internalApiKeysUsed',
      // It writes the row that it is asked to write.
      'internalDenialRecord',
    ],
    jobs: jobs(config),
    background: background(config),
  };
}
