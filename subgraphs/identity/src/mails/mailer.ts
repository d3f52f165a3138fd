import { createTransport } from 'nodemailer';
import type { IdentityConfig } from '../base/config.ts';
import type { RenderedMail } from './mail.ts';

const TIMEOUT_MS = 5_000;

/** Hands a mail over by SMTP; throws when the server does not take it. */
export type Mailer = (to: string, id: string, mail: RenderedMail) => Promise<void>;

/**
 * A mailer for one SMTP server. Every wait ends after five seconds. `id` makes the Message-ID, the same at every
 * attempt, so that a mail sent twice shows once.
 */
export function createMailer({ mail, publicUrl }: IdentityConfig): Mailer {
  const transport = createTransport({
    url: mail.smtpUrl,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    dnsTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const host = new URL(publicUrl).hostname;
  return async (to, id, { subject, text, html }) => {
    await transport.sendMail({
      from: mail.from,
      to: { name: '', address: to },
      subject,
      text,
      html,
      messageId: `<${id}@${host}>`,
    });
  };
}

/** True when the server said for good that it does not take this mail: trying again changes nothing. */
export function isRefusedForGood(error: unknown): boolean {
  const { responseCode, code } = error as { responseCode?: number; code?: string };
  return code === 'EENVELOPE' && responseCode !== undefined && responseCode >= 550 && responseCode <= 559;
}
