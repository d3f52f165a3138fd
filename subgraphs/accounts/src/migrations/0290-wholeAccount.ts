import { migration } from '@comptoir/shared/database/migration.ts';
import { NOT_LIMITED_TO_BRANCHES, wholeAccountPolicies } from '@comptoir/shared/database/rowScope.ts';

const request = 'comptoir_accounts';

/** The account is a partner of the viewer's, or was one: it may have paid for events. */
const isPartner = `exists (
      select from access.reach r
      where r.holder = account.id and r.account = (select access.viewer_account()) and r.area = 'LINK' and r.verb = 'READ')`;

/** Partners, clients and settings belong to an account as a whole (G12). */
export const wholeAccount = migration(
  290,
  'WholeAccount',
  `
  ${wholeAccountPolicies(['partnership'], request)}
  create policy changed_as_a_whole on account as restrictive for update to ${request}
    using (${NOT_LIMITED_TO_BRANCHES}) with check (${NOT_LIMITED_TO_BRANCHES});
  -- A member who is limited to branches reads the names of its own account and of the partners that pay for its trackers, and of no client.
  create policy seen_within_branches on account as restrictive for select to ${request} using (
    ${NOT_LIMITED_TO_BRANCHES} or account.id = (select access.viewer_account()) or ${isPartner});
  -- Partnerships, by which others see who their partners are, are closed to such a member.
  create policy partner_seen_within_branches on account for select to ${request} using (not ${NOT_LIMITED_TO_BRANCHES} and ${isPartner});
  `,
);
