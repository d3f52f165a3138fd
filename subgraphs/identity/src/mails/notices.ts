import type { Language } from '../people/userTables.ts';
import { billingNotices } from './billingNotices.ts';
import { commissionNotices } from './commissionNotices.ts';
import { delegationNotices } from './delegationNotices.ts';
import { loginAsNotices } from './loginAsNotices.ts';
import type { MailText } from './mail.ts';
import { partnershipNotices } from './partnershipNotices.ts';

/** What the sender of a notice may say of it; what it leaves out reads as nothing. */
const PARAMS = [
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
export type NoticeParams = Record<(typeof PARAMS)[number], string>;
/** Per kind and language: the subject, then the paragraphs. */
export type NoticeTexts = Record<string, Record<Language, (params: NoticeParams) => [string, ...string[]]>>;

const TEXTS: NoticeTexts = {
  ...partnershipNotices,
  ...delegationNotices,
  ...loginAsNotices,
  ...billingNotices,
  ...commissionNotices,
};

export const isNoticeKind = (kind: string): boolean => Object.hasOwn(TEXTS, kind);

/** The mail of a notice; throws for a kind that `isNoticeKind` does not know. */
export function noticeMail(
  kind: string,
  params: Record<string, string>,
  publicUrl: string,
  language: Language,
): MailText {
  const texts = isNoticeKind(kind) ? TEXTS[kind] : undefined;
  if (texts === undefined) throw new Error(`${kind} is no notice.`);
  const known = Object.fromEntries(PARAMS.map((name) => [name, params[name] ?? ''])) as NoticeParams;
  const [subject, ...paragraphs] = texts[language](known);
  const [hello, label] = language === 'FR' ? ['Bonjour,', 'Ouvrir mon compte'] : ['Hello,', 'Open my account'];
  return { subject, paragraphs: [hello, ...paragraphs], link: { label, url: `${publicUrl}/graphql` } };
}
