import { EntitySchema } from 'typeorm';

/**
 * What decided over access at any instant (N08), kept by triggers: of each subject a row for each time that it stood
 * so.
 */
type StandingHistoryRow = {
  subject: string;
  valid: string;
  kind: string;
  accountId: string | null;
  userId: string | null;
  state: object;
};

export const StandingHistoryTable = new EntitySchema<StandingHistoryRow>({
  name: 'standing_history',
  columns: {
    subject: { type: 'uuid', primary: true },
    valid: { type: 'tstzrange', primary: true },
    kind: { type: 'text' },
    accountId: { type: 'uuid', name: 'account_id', nullable: true },
    userId: { type: 'uuid', name: 'user_id', nullable: true },
    state: { type: 'jsonb' },
  },
});
