import type { IdentityConfig } from '../base/config.ts';
import { type MailKind, writtenAtOnce } from '../mails/mailKind.ts';
import { findNoticeMail } from './noticeStore.ts';
import { noticeMail } from './notices.ts';

/** A notice, to one of the people of its account; none to who is not active any more. */
export const noticeMails = ({ publicUrl }: IdentityConfig): MailKind =>
  writtenAtOnce(async (tx, { payload }) => {
    const found = await findNoticeMail(tx, payload.noticeId as string, payload.userId as string);
    if (found === null) return null;
    const { email, language, kind, params } = found;
    return { to: email, language, mail: noticeMail(kind, params, publicUrl, language) };
  });
