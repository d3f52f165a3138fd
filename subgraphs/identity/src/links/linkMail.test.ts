import { expect, test } from '@jest/globals';
import { renderMail } from '../mails/mail.ts';
import { signUpLink } from './signUpLink.ts';

test('GUARD the host of a link is the configured one, and the mail carries the token for the API too', () => {
  const { text, html } = renderMail(signUpLink('https://c.test', 'TOKEN', 'FR'), 'FR');
  expect(text).toContain('https://c.test/welcome?token=TOKEN');
  expect(html).toContain('<code>TOKEN</code>');
});
