import { badInput } from '@comptoir/shared/protocol/errors.ts';
import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { isStorable } from '@comptoir/shared/values/text.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { AccountResolvers, ContactResolvers, QueryResolvers } from '../../generated/graphql.ts';
import { maySeeMembership } from '../people/peopleStore.ts';
import type { ContactRow } from './contactTables.ts';

export const Contact: ContactResolvers = {
  __resolveReference: async ({ id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.contact.load(known);
  },
  account: (contact) => ({ id: contact.accountId }),
  branch: (contact) => (contact.branchId === null ? null : { id: contact.branchId }),
  membership: async (contact, _args, { loaders, viewer }) => {
    const row = await loaders.contactMembership.load(contact.id);
    return row !== null && maySeeMembership(viewer, row) ? row : null;
  },
};

export const AccountContacts: Pick<AccountResolvers, 'contacts'> = {
  contacts: async (account, args, { loaders }) => {
    const page = readPage(args, ['text', 'id']);
    const filter = { search: readSearch(args.search), type: args.type ?? null };
    return connection<ContactRow>(await loaders.contacts(account.id, page, filter), page, (row) => [row.name, row.id]);
  },
};

export const ContactQuery: Pick<QueryResolvers, 'contact'> = {
  contact: async (_root, { id }, { loaders }) => {
    const known = readId(id);
    return known === null ? null : await loaders.contact.load(known);
  },
};

/**
 * A text to search for, or null for none. Throws BAD_USER_INPUT for one that is too long or cannot be stored anywhere.
 */
export function readSearch(search: string | null | undefined): string | null {
  const text = search?.trim() ?? '';
  if (text === '') return null;
  if (text.length > 100 || !isStorable(text)) throw badInput('Search for at most 100 characters.', ['search']);
  return text;
}
