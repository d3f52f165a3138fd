import { migration } from '@comptoir/shared/database/migration.ts';

const system = 'comptoir_identity_system';

/** What is over may go once nothing needs it any more: `sweeps.ts` says what, and when. */
export const sweeps = migration(
  211,
  'Sweeps',
  `
  grant delete on session, link, mail, notice, known_network to ${system};
  -- A session that goes looks for the log-ins-as that were started from it.
  create index session_of_parent on session (parent_id) where parent_id is not null;
  `,
);
