import type { NoticeTexts } from './notices.ts';

/** What those are told who pay: the partner for its clients, a client who pays itself (A43, A44, A77). */
export const billingNotices: NoticeTexts = {};
