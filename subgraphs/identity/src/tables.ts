import { AccountNetworkTable, AccountSecondFactorTable } from '@comptoir/shared/database/accessTables.ts';
import { IdempotencyKeyTable } from '@comptoir/shared/operations/idempotencyTable.ts';
import { ApiKeyTable } from './apiKeys/apiKeyTables.ts';
import { ContactTable } from './contacts/contactTables.ts';
import { EmailChangeTable } from './emailChange/emailChangeTables.ts';
import { InvitationTable } from './invitations/invitationTables.ts';
import { LinkTable, ResetSendTable } from './links/linkTables.ts';
import { LoginAsTable } from './loginAs/loginAsTables.ts';
import { MailCountTable, MailTable } from './mails/mailTables.ts';
import { NoticeTable } from './notices/noticeTables.ts';
import { KnownNetworkTable, LoginGuessTable, LoginLockTable } from './passwords/loginGuessTables.ts';
import { MembershipTable, UserTable } from './people/userTables.ts';
import { ChallengeTable, RecoveryCodeTable, TotpTable } from './secondFactor/secondFactorTables.ts';
import { SessionTable } from './sessions/sessionTables.ts';
import { TrailAccountTable, TrailCheckpointTable, TrailLinkTable, TrailTable } from './trail/trailTables.ts';
import { StandingHistoryTable } from './why/historyTables.ts';

/** All tables of identity, and those of the schema `access` that it writes. */
export const entities = [
  UserTable,
  MembershipTable,
  SessionTable,
  LoginAsTable,
  ApiKeyTable,
  ContactTable,
  InvitationTable,
  LinkTable,
  ResetSendTable,
  EmailChangeTable,
  TotpTable,
  RecoveryCodeTable,
  ChallengeTable,
  LoginLockTable,
  LoginGuessTable,
  KnownNetworkTable,
  MailTable,
  MailCountTable,
  NoticeTable,
  StandingHistoryTable,
  IdempotencyKeyTable,
  AccountNetworkTable,
  AccountSecondFactorTable,
  TrailTable,
  TrailAccountTable,
  TrailLinkTable,
  TrailCheckpointTable,
];
