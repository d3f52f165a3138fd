import { migration } from '@comptoir/shared/database/migration.ts';

const request = 'comptoir_identity';

/**
 * Of what a card must say (G05) it says that there is none, which is another thing than saying nothing: cards from
 * before said nothing.
 */
export const completeCards = migration(
  391,
  'CompleteCards',
  `
  alter table contact
    add column no_title boolean not null default false check (not (no_title and title is not null)),
    add column no_email boolean not null default false check (not (no_email and email is not null)),
    add column no_phone boolean not null default false check (not (no_phone and phone is not null)),
    add column no_mobile boolean not null default false check (not (no_mobile and mobile is not null));
  grant update (no_title, no_email, no_phone, no_mobile) on contact to ${request};
  `,
);
