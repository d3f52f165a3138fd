import { migration } from '@comptoir/shared/database/migration.ts';

const system = 'comptoir_identity_system';

/**
 * Nothing deletes these, so nothing may: from where a person got in before, and changes of an e-mail that took effect.
 */
export const lessToDelete = migration(
  21,
  'LessToDelete',
  `
  revoke delete on known_network from ${system};
  create policy done_stays on email_change as restrictive for delete to ${system} using (done_at is null);
  `,
);
