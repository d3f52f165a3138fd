import { expect, test } from '@jest/globals';
import { renderMail } from '../mails/mail.ts';
import { noticeMail } from './notices.ts';

test('what people wrote is text in HTML and cannot begin a header', () => {
  const params = {
    partner: 'Eve <b>&"\r\nBcc: all@example.org',
    client: '',
    message: '<a href="https://evil.test">click</a>',
  };
  const { subject, html, text } = renderMail(noticeMail('PARTNERSHIP_REQUESTED', params, 'https://c.test', 'EN'), 'EN');
  expect(subject).toBe('Eve <b>&" Bcc: all@example.org asks to be your partner');
  expect(html).not.toContain('<b>');
  expect(html).not.toContain('<a href="https://evil.test">');
  expect(html).toContain('&lt;a href=&quot;https://evil.test&quot;&gt;');
  expect(text).toContain('<a href="https://evil.test">click</a>');
});

test.each(['EN', 'FR'] as const)('U12 every notice has a text in %s', (language) => {
  const params = { partner: 'Agence', client: 'Martin', message: '' };
  const kinds = ['PARTNERSHIP', 'DELEGATION'].flatMap((noun) =>
    [noun === 'DELEGATION' ? 'OFFERED' : 'REQUESTED', 'ACCEPTED', 'REFUSED', 'ENDED'].map((step) => `${noun}_${step}`),
  );
  for (const kind of kinds) {
    const { subject, text } = renderMail(noticeMail(kind, params, 'https://c.test', language), language);
    expect(`${subject} ${text}`).toMatch(/Agence|Martin/);
    expect(text).not.toContain('undefined');
  }
  expect(() => noticeMail('toString', params, 'https://c.test', language)).toThrow();
});
