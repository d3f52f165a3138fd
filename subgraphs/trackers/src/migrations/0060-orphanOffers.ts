import { migration } from '@comptoir/shared/database/migration.ts';

/**
 * An offer whose partnership ended is withdrawn by a round, which finds the open offers without reading the answered
 * ones.
 */
export const orphanOffers = migration(
  60,
  'OrphanOffers',
  `
  create index offered_delegation on delegation (id) where status = 'OFFERED';
  grant update (answered_at) on delegation to comptoir_trackers_system;
  `,
);
