import { migration } from '@comptoir/shared/database/migration.ts';
import { NOT_LIMITED_TO_BRANCHES } from '@comptoir/shared/database/rowScope.ts';

/**
 * A log-in as a client opens the whole account, so only its actor and members who are not limited to branches see and
 * end it (G12).
 */
export const wholeAccount = migration(
  290,
  'WholeAccount',
  `
  create policy whole_account on login_as as restrictive to comptoir_identity
    using (${NOT_LIMITED_TO_BRANCHES} or actor_user_id = (select access.viewer_user()))
    with check (${NOT_LIMITED_TO_BRANCHES} or actor_user_id = (select access.viewer_user()));
  `,
);
