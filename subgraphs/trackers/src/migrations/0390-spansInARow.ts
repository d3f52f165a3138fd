import { migration } from '@comptoir/shared/database/migration.ts';

const request = 'comptoir_trackers';

/**
 * A span begins no earlier than the one before it ended, whichever clock ended that one: two that pay for one instant
 * are refused by the table, and the caller could not help it.
 */
export const spansInARow = migration(
  390,
  'SpansInARow',
  `
  -- The first instant from which somebody new may pay for the tracker. With the owner's rights, because a partner does not see who paid before.
  create function span_begin(tracker uuid, at timestamptz) returns timestamptz
    language sql stable security definer set search_path from current
  begin atomic
    select greatest(at, max(upper(s.valid))) from payer_span s where s.tracker_id = tracker;
  end;
  revoke all on function span_begin(uuid, timestamptz) from public;
  grant execute on function span_begin(uuid, timestamptz) to ${request};
  `,
);
