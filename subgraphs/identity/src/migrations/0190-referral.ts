import { migration } from '@comptoir/shared/database/migration.ts';

/** A sign-up remembers the referral link that led to it (A74), until the account is opened. */
export const referral = migration(
  190,
  'Referral',
  `
  alter table link add column referral_code text check (referral_code ~ '^[A-Z0-9]{1,20}$');
  `,
);
