import { Refusal } from '@comptoir/shared/refusal.ts';
import { isLine, isLines } from '@comptoir/shared/text.ts';
import { emailNotReadable, readEmail } from '../people/email.ts';
import type { ContactRow, ContactType } from './contactTables.ts';

/** What somebody may write on a card. A field that is left out stays as it is. */
export type ContactInput = {
  name?: string | null;
  type?: ContactType | null;
  newsletter?: boolean | null;
  title?: string | null;
  email?: string | null;
  phone?: string | null;
  mobile?: string | null;
  language?: ContactRow['language'];
  note?: string | null;
};

export type ContactCard = Omit<ContactRow, 'id' | 'accountId' | 'branchId' | 'createdBy' | 'createdAt' | 'updatedAt'>;

const LONGEST = { name: 200, title: 200, phone: 40, mobile: 40, note: 2_000 } as const;

export const BLANK_CARD: ContactCard = {
  name: '',
  type: 'OTHER',
  newsletter: false,
  title: null,
  email: null,
  phone: null,
  mobile: null,
  language: null,
  note: null,
};

/** The card as it reads after the input: texts without blanks around them, an empty one is none (G05). */
export function writeCard(
  card: ContactCard,
  input: ContactInput,
): ContactCard | Refusal<'TEXT_NOT_READABLE' | 'EMAIL_NOT_READABLE'> {
  const written: ContactCard = {
    ...card,
    type: input.type ?? card.type,
    newsletter: input.newsletter ?? card.newsletter,
    language: input.language === undefined ? card.language : input.language,
  };
  for (const field of ['name', 'title', 'phone', 'mobile', 'note'] as const) {
    const text = input[field];
    if (text === undefined) continue;
    const read = readText(text, LONGEST[field], field === 'note');
    if (read === 'UNREADABLE' || (read === null && field === 'name')) {
      const least = field === 'name' ? '1' : '0';
      return new Refusal('TEXT_NOT_READABLE', `Write ${least} to ${LONGEST[field]} characters.`, ['input', field]);
    }
    if (field === 'name') written.name = read as string;
    else written[field] = read;
  }
  if (input.email !== undefined) {
    const blank = input.email === null || input.email.trim() === '';
    const email = blank ? null : readEmail(input.email as string);
    if (!blank && email === null) return emailNotReadable(input.email as string);
    written.email = email;
  }
  return written;
}

function readText(text: string | null, longest: number, lines: boolean): string | null | 'UNREADABLE' {
  const trimmed = (text ?? '').trim();
  if ([...trimmed].length > longest || !(lines ? isLines(trimmed) : isLine(trimmed))) return 'UNREADABLE';
  return trimmed === '' ? null : trimmed;
}
