import { migration } from '@comptoir/shared/database/migration.ts';
import { NOT_LIMITED_TO_BRANCHES } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_trackers';
const inBranches = (trackerId: string): string =>
  `(${NOT_LIMITED_TO_BRANCHES} or tracker_in_branches(${trackerId}, (select access.viewer_branches())))`;

/** Who pays for a tracker, and what has come in for it, belong to the branch of the tracker (G12). */
export const payersAndIntakeWithinBranches = migration(
  290,
  'PayersAndIntakeWithinBranches',
  ['payer_span', 'intake']
    .map(
      (table) => `
  create policy within_branches on ${table} as restrictive to ${request}
    using (${inBranches(`${table}.tracker_id`)}) with check (${inBranches(`${table}.tracker_id`)});`,
    )
    .join(''),
);
