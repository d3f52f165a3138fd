import type { MailText } from '../mails/mail.ts';
import type { Language } from '../people/userTables.ts';
import { billingNotices } from './billingNotices.ts';
import { commissionNotices } from './commissionNotices.ts';
import { delegationNotices } from './delegationNotices.ts';
import { loginAsNotices } from './loginAsNotices.ts';
import { NOTICE_PARAMS, type NoticeParams, type NoticeTexts } from './noticeTexts.ts';
import { partnershipNotices } from './partnershipNotices.ts';

/** Every kind of notice there is. A file of texts beside this one stands for those who send them. */
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
  const known = Object.fromEntries(NOTICE_PARAMS.map((name) => [name, params[name] ?? ''])) as NoticeParams;
  const [subject, ...paragraphs] = texts[language](known);
  const [hello, label] = language === 'FR' ? ['Bonjour,', 'Ouvrir mon compte'] : ['Hello,', 'Open my account'];
  return { subject, paragraphs: [hello, ...paragraphs], link: { label, url: `${publicUrl}/graphql` } };
}
