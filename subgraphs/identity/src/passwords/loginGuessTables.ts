import { EntitySchema } from 'typeorm';

/** Wrong passwords per login and network (A47). Emails stand here as keyed hashes, known or not. */
type LoginLockRow = {
  emailHash: string;
  network: string;
  failures: number;
  lockedUntil: Date | null;
  touchedAt: Date;
};

export const LoginLockTable = new EntitySchema<LoginLockRow>({
  name: 'login_lock',
  columns: {
    emailHash: { type: 'text', primary: true, name: 'email_hash' },
    network: { type: 'text', primary: true },
    failures: { type: 'integer' },
    lockedUntil: { type: 'timestamptz', name: 'locked_until', nullable: true },
    touchedAt: { type: 'timestamptz', name: 'touched_at' },
  },
});

/** One row per password that was looked at and not found right, for the cap per hour. */
export const LoginGuessTable = new EntitySchema<{ id: string; emailHash: string; guessedAt: Date }>({
  name: 'login_guess',
  columns: {
    id: { type: 'uuid', primary: true },
    emailHash: { type: 'text', name: 'email_hash' },
    guessedAt: { type: 'timestamptz', name: 'guessed_at' },
  },
});

/** Networks from which a person got in: the cap per hour does not keep them out there. */
export const KnownNetworkTable = new EntitySchema<{ userId: string; network: string; lastAt: Date }>({
  name: 'known_network',
  columns: {
    userId: { type: 'uuid', primary: true, name: 'user_id' },
    network: { type: 'text', primary: true },
    lastAt: { type: 'timestamptz', name: 'last_at' },
  },
});
