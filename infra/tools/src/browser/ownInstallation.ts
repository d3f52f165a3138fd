import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@comptoir/launch/machine/ports.ts';
import { REPOSITORY } from '@comptoir/launch/machine/repository.ts';
import { removeServer } from '@comptoir/testing/ownServers.ts';

export type OwnInstallation = {
  url: string;
  mailUrl: string;
  demoPassword: string;
  /** Ends it as Ctrl-C does, and removes its database. Safe to call twice. */
  stop(): Promise<void>;
};

const START = fileURLToPath(new URL('infra/launch/src/start.ts', REPOSITORY));
/** What a drain, the database and the mail server need, and some. */
const STOP_WITHIN_MS = 20_000;

/**
 * `npm start` in a folder and on ports of its own, with demo data. Rejects with its output when it does not come up,
 * having stopped it; also when the signal is given meanwhile.
 */
export async function startOwnInstallation(home: string, signal: AbortSignal): Promise<OwnInstallation> {
  const names = ['PORT', 'MAIL_SMTP_PORT', 'MAIL_WEB_PORT', 'POSTGRES_PORT'] as const;
  const ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, String(await freePort())])));
  const ofTheUser = ['DATABASE_URL', 'SMTP_URL', 'PUBLIC_URL', 'NODE_ENV', 'HOST'];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofTheUser.includes(name)));
  const child = spawn(process.execPath, [START], {
    env: { ...env, ...ports, DEMO: 'on', COMPTOIR_HOME: home, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C reaches the whole group of a terminal: this one is stopped by us, once.
    detached: true,
  });
  let said = '';
  const exited = once(child, 'exit');
  const ready = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('Ctrl-C stops everything')) resolve();
      });
    }
    exited.then(() => reject(new Error(`npm start ended:\n${said}`)), reject);
    signal.addEventListener('abort', () => reject(signal.reason));
  });

  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
      await exited;
      clearTimeout(timer);
      await removeServer(join(home, 'postgres'));
    })();
    return stopping;
  };

  try {
    signal.throwIfAborted();
    await ready;
    const demoPassword = /^ *password +(\S+)$/m.exec(said)?.[1];
    if (demoPassword === undefined) throw new Error(`npm start printed no demo password:\n${said}`);
    return {
      url: `http://localhost:${ports.PORT}`,
      mailUrl: `http://127.0.0.1:${ports.MAIL_WEB_PORT}`,
      demoPassword,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
