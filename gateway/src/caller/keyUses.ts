import type { Log } from '@comptoir/shared/process/log.ts';
import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { ServiceViewer } from '@comptoir/shared/viewer/viewer.ts';

const USED = /* GraphQL */ `
  mutation KeysUsed($input: InternalApiKeysUsedInput!) {
    internalApiKeysUsed(input: $input) {
      noted
    }
  }
`;

/** Most that identity takes at a time. */
const MAX_CALL = 1_000;
/** More keys than that within a second are not remembered. */
const MAX_REMEMBERED = 10_000;
const FLUSH_MS = 1_000;

export type KeyUses = {
  /** Remembers that a key was let in. Takes no time and never fails. */
  used(keyId: string): void;
  /** Sends what is remembered; what fails is dropped. */
  flush(): Promise<void>;
  /** Sends the rest, and remembers no more. */
  stop(): Promise<void>;
};

/**
 * Tells identity when keys were last let in, at most once a second, behind the requests: none waits for it, and a use
 * that got lost is followed by the next one.
 */
export function createKeyUses(identity: Subgraph, log: Log): KeyUses {
  let remembered = new Map<string, string>();
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;

  async function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const uses = [...remembered].map(([keyId, usedAt]) => ({ keyId, usedAt }));
    remembered = new Map();
    for (let from = 0; from < uses.length; from += MAX_CALL) await send(uses.slice(from, from + MAX_CALL));
  }

  async function send(uses: { keyId: string; usedAt: string }[]): Promise<void> {
    const gateway: ServiceViewer = { kind: 'SERVICE', service: 'gateway', requestId: newId(), address: null };
    try {
      const { errors } = await identity.execute({ query: USED, variables: { input: { uses } } }, gateway);
      if (errors !== undefined && errors.length > 0)
        log.debug({ uses: uses.length, errors }, 'uses of keys were dropped');
    } catch (error) {
      log.debug({ uses: uses.length, err: error }, 'uses of keys were dropped');
    }
  }

  return {
    used(keyId) {
      if (stopped || (remembered.size >= MAX_REMEMBERED && !remembered.has(keyId))) return;
      remembered.set(keyId, new Date().toISOString());
      if (timer !== null) return;
      timer = setTimeout(() => void flush(), FLUSH_MS);
      timer.unref();
    },
    flush,
    async stop() {
      stopped = true;
      await flush();
    },
  };
}
