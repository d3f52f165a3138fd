import { migration } from '@comptoir/shared/database/migration.ts';

/**
 * Where the tax that is left for the card is too little for a card, prepaid money pays it too: then nothing is charged.
 */
export const taxFromPrepaid = migration(
  222,
  'TaxFromPrepaid',
  `
  alter table quote drop constraint quote_check,
    add constraint charged_is_due check (charged_today = due_today + tax_today or (charged_today = 0 and due_today = 0));
  `,
);
