import type { Language } from '../people/userTables.ts';

/** What a mail says. Whatever of it comes from people is plain text: `renderMail` escapes it. */
export type MailText = {
  subject: string;
  paragraphs: string[];
  /** The one thing to do next. */
  link: { label: string; url: string };
  /** For those who call the API themselves: the token of the link and the mutation that takes it. */
  token?: { mutation: string; value: string };
};

export type RenderedMail = { subject: string; text: string; html: string };

const TOKEN_LINE: Record<Language, (mutation: string) => string> = {
  EN: (mutation) => `If you use the API: this is the token for ${mutation}.`,
  FR: (mutation) => `Si vous utilisez l’API : voici le jeton pour ${mutation}.`,
};

/** A mail as text and as HTML that says the same. */
export function renderMail({ subject, paragraphs, link, token }: MailText, language: Language): RenderedMail {
  const tokenLines = token === undefined ? [] : [TOKEN_LINE[language](token.mutation), token.value];
  const colon = language === 'FR' ? ' :' : ':';
  const text = [...paragraphs, `${link.label}${colon}\n${link.url}`, ...tokenLines].join('\n\n');
  const html = [
    '<!doctype html>',
    `<html lang="${language.toLowerCase()}"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>`,
    '<body style="font-family: sans-serif; max-width: 36em; margin: 2em auto; line-height: 1.5">',
    ...paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    `<p><a href="${escapeHtml(link.url)}">${escapeHtml(link.label)}</a></p>`,
    ...(token === undefined
      ? []
      : [`<p>${escapeHtml(TOKEN_LINE[language](token.mutation))}<br><code>${escapeHtml(token.value)}</code></p>`]),
    '</body></html>',
  ].join('\n');
  // A line break in a subject would begin another header.
  return { subject: subject.replace(/\s+/g, ' '), text: `${text}\n`, html };
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
