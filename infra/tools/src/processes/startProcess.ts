import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A forked program (`child.ts` is its side). */
export type ForkedProcess = {
  pid: number;
  url: string;
  ask<Answer>(question: unknown): Promise<Answer>;
  stop(): Promise<void>;
};

type Reply = { id: number; answer?: unknown; problem?: string };

/**
 * Forks the script, hands it its configuration, and resolves when it says where it listens. Rejects with what went
 * wrong there.
 */
export async function startProcess(
  script: URL,
  config: unknown,
  { execArgv = [], env = {} }: { execArgv?: string[]; env?: Record<string, string> } = {},
): Promise<ForkedProcess> {
  const child = fork(fileURLToPath(script), {
    execArgv,
    env: { ...process.env, NODE_ENV: 'production', APOLLO_TELEMETRY_DISABLED: '1', ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let last = 0;
  child.on('message', ({ id, answer, problem }: Reply) => {
    if (problem === undefined) waiting.get(id)?.resolve(answer);
    else waiting.get(id)?.reject(new Error(problem));
    waiting.delete(id);
  });
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${script.pathname} ended with ${code}.`));
  });
  const send = <Answer>(id: number, message: object): Promise<Answer> => {
    const reply = Promise.withResolvers<unknown>();
    waiting.set(id, reply);
    child.send({ id, ...message });
    return reply.promise as Promise<Answer>;
  };
  try {
    return {
      url: await send<string>(0, { config }),
      pid: child.pid as number,
      ask: (question) => send(++last, { question }),
      stop: () => end(child),
    };
  } catch (error) {
    await end(child);
    throw error;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(late);
}
