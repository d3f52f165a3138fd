import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export type Mail = { messageId: string; to: string; subject: string; text: string; html: string };

export type Mailbox = {
  smtpUrl: string;
  all(): Mail[];
  /** The newest mail to that address that `is` the wished one, as soon as it is there; throws after 30 seconds. */
  waitFor(to: string, is?: (mail: Mail) => boolean): Promise<Mail>;
  stop(): Promise<void>;
};

/** A real SMTP server on loopback that keeps what it is sent. */
export async function openMailbox(): Promise<Mailbox> {
  const mails: Mail[] = [];
  const arrivals = new EventTarget();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      simpleParser(stream).then((parsed) => {
        const to = Array.isArray(parsed.to) ? parsed.to[0] : parsed.to;
        mails.push({
          messageId: parsed.messageId ?? '',
          to: to?.value[0]?.address ?? '',
          subject: parsed.subject ?? '',
          text: parsed.text ?? '',
          html: parsed.html === false ? '' : parsed.html,
        });
        done();
        arrivals.dispatchEvent(new Event('mail'));
      }, done);
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;

  return {
    smtpUrl: `smtp://127.0.0.1:${port}`,
    all: () => [...mails],
    async waitFor(to, is = () => true) {
      const signal = AbortSignal.timeout(30_000);
      for (;;) {
        const found = mails.findLast((mail) => mail.to === to && is(mail));
        if (found !== undefined) return found;
        await once(arrivals, 'mail', { signal }).catch(() => {
          throw new Error(
            `No such mail came to ${to}. There are: ${mails.map((mail) => `${mail.to}: ${mail.subject}`).join('; ') || 'none'}`,
          );
        });
      }
    },
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
