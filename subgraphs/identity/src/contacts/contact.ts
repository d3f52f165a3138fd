import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { isLine, isLines } from '@comptoir/shared/values/text.ts';
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
  noTitle?: boolean | null;
  noEmail?: boolean | null;
  noPhone?: boolean | null;
  noMobile?: boolean | null;
  language?: ContactRow['language'];
  note?: string | null;
};

export type ContactCard = Omit<ContactRow, 'id' | 'accountId' | 'branchId' | 'createdBy' | 'createdAt' | 'updatedAt'>;

const MAX_LENGTH = { name: 200, title: 200, phone: 40, mobile: 40, note: 2_000 } as const;

const BLANK_CARD: ContactCard = {
  name: '',
  type: 'OTHER',
  newsletter: false,
  title: null,
  email: null,
  phone: null,
  mobile: null,
  noTitle: false,
  noEmail: false,
  noPhone: false,
  noMobile: false,
  language: null,
  note: null,
};

/** A card that lacks nothing: what a change says is judged by it before the card itself is looked for. */
export const FULL_CARD: ContactCard = {
  ...BLANK_CARD,
  name: 'A',
  title: 'A',
  email: 'a@a.example',
  phone: '1',
  mobile: '1',
};

/** What a card has, or says that there is none of, with the field that says so (G05). */
const REQUIRED = [
  ['title', 'noTitle'],
  ['email', 'noEmail'],
  ['phone', 'noPhone'],
  ['mobile', 'noMobile'],
] as const;

type CardRefusal = Refusal<'TEXT_NOT_READABLE' | 'EMAIL_NOT_READABLE' | 'FIELD_REQUIRED' | 'FIELD_CONTRADICTED'>;

/** A new card: it says all that a card must say, while a change leaves what it does not name (G05). */
export const newCard = (input: ContactInput): ContactCard | CardRefusal =>
  writeCard(BLANK_CARD, { name: '', title: null, email: null, phone: null, mobile: null, ...defined(input) });

const defined = (input: ContactInput): ContactInput =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));

/**
 * The card as it reads after the input: texts without blanks around them, an empty one is none and must be said to be
 * none (G05).
 */
export function writeCard(card: ContactCard, input: ContactInput): ContactCard | CardRefusal {
  const written: ContactCard = {
    ...card,
    type: input.type ?? card.type,
    newsletter: input.newsletter ?? card.newsletter,
    language: input.language === undefined ? card.language : input.language,
  };
  for (const field of ['name', 'title', 'phone', 'mobile', 'note'] as const) {
    const text = input[field];
    if (text === undefined) continue;
    const read = readText(text, MAX_LENGTH[field], field === 'note');
    if (read === 'UNREADABLE') {
      return new Refusal('TEXT_NOT_READABLE', `Write at most ${MAX_LENGTH[field]} characters.`, ['input', field]);
    }
    if (field === 'name') written.name = read ?? '';
    else written[field] = read;
  }
  if (input.email !== undefined) {
    const blank = input.email === null || input.email.trim() === '';
    const email = blank ? null : readEmail(input.email as string);
    if (!blank && email === null) return emailNotReadable(input.email as string);
    written.email = email;
  }
  if (written.name === '') {
    return new Refusal('FIELD_REQUIRED', 'A contact has a name.', ['input', 'name'], 'G05');
  }
  return stateNone(written, input);
}

/**
 * Of what the input says, or says that there is none of: one of the two, and not both. What it does not name stays as
 * it is.
 */
function stateNone(card: ContactCard, input: ContactInput): ContactCard | CardRefusal {
  const stated = { ...card };
  for (const [field, none] of REQUIRED) {
    const said = input[none] ?? null;
    if (input[field] === undefined && said === null) continue;
    const named = input[field] != null && stated[field] !== null;
    if (said === true && named) {
      return new Refusal('FIELD_CONTRADICTED', `Give \`${field}\` or \`${none}\`, not both.`, ['input', none], 'G05');
    }
    if (said === true) stated[field] = null;
    if (said !== true && stated[field] === null) {
      const message = `A contact has a \`${field}\`; for one who has none, say \`${none}: true\`.`;
      return new Refusal('FIELD_REQUIRED', message, ['input', field], 'G05');
    }
    stated[none] = said === true;
  }
  return stated;
}

function readText(text: string | null, longest: number, lines: boolean): string | null | 'UNREADABLE' {
  const trimmed = (text ?? '').trim();
  if ([...trimmed].length > longest || !(lines ? isLines(trimmed) : isLine(trimmed))) return 'UNREADABLE';
  return trimmed === '' ? null : trimmed;
}
