import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { guardPage } from './mailCatcherDoor.ts';

/**
 * The process behind `startMailCatcher`: maildev on two loopback ports, its page behind a door. Ends when its parent
 * does.
 */
const require = createRequire(import.meta.url);
const MailDev = require('maildev') as (options: object) => {
  listen(ready: (error?: Error) => void): void;
  on(event: string, listener: () => void): void;
  store: unknown[];
};

const page = require('maildev/lib/web') as { server: Server };

/** Mails kept at most; the oldest go first. */
const KEPT = 1_000;

const [smtp, web] = process.argv.slice(2).map(Number);
const mails = MailDev({ smtp, web, ip: '127.0.0.1', webIp: '127.0.0.1', silent: true });
// Before anything is listened to: the server is made and not open yet.
guardPage(page.server, web as number);
mails.on('new', () => {
  if (mails.store.length > KEPT) mails.store.splice(0, mails.store.length - KEPT);
});
mails.listen((error) => {
  if (error) process.exit(1);
  process.send?.('ready');
});
process.on('disconnect', () => process.exit(0));
