import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type MailCatcher = { smtpUrl: string; webUrl: string; stop(): Promise<void> };

/**
 * Starts a local mail server that keeps every mail to itself and shows it on a page (maildev), in a process of its own
 * that ends with this one, however this one ends. Nothing is ever sent on.
 */
export async function startMailCatcher({
  smtpPort,
  webPort,
}: {
  smtpPort: number;
  webPort: number;
}): Promise<MailCatcher> {
  const child = fork(
    fileURLToPath(new URL('./mailCatcherProcess.ts', import.meta.url)),
    [String(smtpPort), String(webPort)],
    {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // Ctrl-C reaches the whole group of a terminal: the mail server goes last, when its parent tells it.
      detached: true,
    },
  );
  const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown];
  if (message !== 'ready') throw new Error('The local mail server did not start.');
  child.unref();
  child.channel?.unref();
  return {
    smtpUrl: `smtp://127.0.0.1:${smtpPort}`,
    webUrl: `http://127.0.0.1:${webPort}`,
    stop: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref(); // Or this process might end while it waits.
  const exited = once(child, 'exit');
  child.kill('SIGKILL'); // It holds nothing that is worth a farewell.
  await exited;
}
