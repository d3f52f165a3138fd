import { migration } from '../database/migration.ts';
import { requestRole } from '../values/subgraphs.ts';

/** A trail cannot be divided by branches (G12). */
export const trailOfWholeAccounts = migration(
  3,
  'TrailOfWholeAccounts',
  `
  -- A trail cannot be divided by sites: whoever is limited to some (G12) finds their own doings by their ids, and not those of an account.
  create policy whole_account on access.trail_account as restrictive for select to ${requestRole('identity')} using ((select access.viewer_branches()) is null);
  `,
);
