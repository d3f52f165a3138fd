import { EntitySchema } from 'typeorm';

export type SessionRow = {
  id: string;
  userId: string;
  accountId: string | null;
  createdAt: Date;
  /** When it last took new tokens. */
  lastSeenAt: Date;
  expiresAt: Date;
  address: string | null;
  loginAsId: string | null;
};

/** Its address is read by `host`, without the length of a network; the hash of its refresh token is no column here. */
export const SessionTable = new EntitySchema<SessionRow>({
  name: 'session',
  columns: {
    id: { type: 'uuid', primary: true },
    userId: { type: 'uuid', name: 'user_id' },
    accountId: { type: 'uuid', name: 'account_id', nullable: true },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    lastSeenAt: { type: 'timestamptz', name: 'rotated_at' },
    expiresAt: { type: 'timestamptz', name: 'expires_at' },
    address: { type: 'inet', nullable: true, select: false },
    loginAsId: { type: 'uuid', name: 'login_as_id', nullable: true },
  },
});
