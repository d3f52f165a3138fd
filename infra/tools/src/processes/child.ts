/** What the other side of `startProcess.ts` says: the configuration once, then questions, each with an answer. */
export type Started = {
  /** Where it listens; empty for a process that serves no one. */
  url: string;
  /** Answers a question of the process that forked it. */
  answer?: (question: never) => Promise<unknown>;
  stop: () => Promise<void>;
};

/**
 * Runs the program of a forked process: configured, asked and ended by the process that forked it, and gone when that
 * one is.
 */
export function runChild<Config>(start: (config: Config) => Promise<Started>): void {
  let started: Started | null = null;
  let ending = false;
  const end = async (): Promise<void> => {
    if (ending) return;
    ending = true;
    await started?.stop().catch(() => {});
    process.exit(0);
  };
  process.on('disconnect', end);
  process.on('SIGTERM', end);
  process.on('SIGINT', () => {}); // Ctrl-C in a terminal reaches us too; our parent decides.

  const say = (message: object): void => void process.send?.(message);
  process.on('message', async (message: { config: Config } | { question: never; id: number }) => {
    const id = 'id' in message ? message.id : 0;
    try {
      if ('config' in message) {
        started = await start(message.config);
        say({ id, answer: started.url });
      } else {
        say({ id, answer: await started?.answer?.(message.question) });
      }
    } catch (error) {
      say({ id, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
}
