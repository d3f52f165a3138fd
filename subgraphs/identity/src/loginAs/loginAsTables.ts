import { EntitySchema } from 'typeorm';

export type LoginAsRow = {
  id: string;
  accountId: string;
  actorUserId: string;
  actorAccountId: string;
  byStaff: boolean;
  reason: string;
  startedAt: Date;
  until: Date;
  endedAt: Date | null;
  endedBy: string | null;
  /** The account was cancelled (A59); `endedBy` is who did it. */
  accountCancelled: boolean;
};

export const LoginAsTable = new EntitySchema<LoginAsRow>({
  name: 'login_as',
  columns: {
    id: { type: 'uuid', primary: true },
    accountId: { type: 'uuid', name: 'account_id' },
    actorUserId: { type: 'uuid', name: 'actor_user_id' },
    actorAccountId: { type: 'uuid', name: 'actor_account_id' },
    byStaff: { type: 'boolean', name: 'by_staff' },
    reason: { type: 'text' },
    startedAt: { type: 'timestamptz', name: 'started_at' },
    until: { type: 'timestamptz' },
    endedAt: { type: 'timestamptz', name: 'ended_at', nullable: true },
    endedBy: { type: 'uuid', name: 'ended_by', nullable: true },
    accountCancelled: { type: 'boolean', name: 'account_cancelled' },
  },
});
