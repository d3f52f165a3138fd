import type { Language } from '../people/userTables.ts';

/** What the sender of a notice may say of it; what it leaves out reads as nothing. */
export const NOTICE_PARAMS = [
  'partner',
  'client',
  'message',
  'account',
  'profile',
  'card',
  'amount',
  'invoice',
  'day',
  'credits',
  'kind',
  'reason',
  'link',
] as const;
export type NoticeParams = Record<(typeof NOTICE_PARAMS)[number], string>;
/** Per kind and language: the subject, then the paragraphs. */
export type NoticeTexts = Record<string, Record<Language, (params: NoticeParams) => [string, ...string[]]>>;
