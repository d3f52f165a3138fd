import type { Subgraph } from '@comptoir/shared/subgraph.ts';
import type { Actor, Role, ServiceViewer } from '@comptoir/shared/viewer.ts';
import { refusal } from './errors.ts';

/** What the caller showed us, in the words that identity knows it by. */
export type Credential = { sessionId?: string; keyHash?: string; accountId: string | null };

/** What identity says a credential is good for at this moment. */
export type Standing = {
  userId: string;
  membershipId: string | null;
  accountId: string | null;
  role: Role | null;
  /** `BILLING:WRITE` and the like. */
  areas: string[];
  /** Each list must hold the caller's address; no list, no limit (G11). */
  networks: string[][];
  keyId: string | null;
  /** Sites of the account that the member is limited to (G12); null is no limit. */
  branches: string[] | null;
  /** Of a key: the accounts that it is kept to, whether it only tries things out, its credit budget (G15, N11). */
  keyLimits?: { accounts: string[] | null; preview: boolean; creditBudget: number | null } | null;
  /** Who acts for the account, the nearest first; empty for whoever acts for themselves (N12). */
  actors: Actor[];
  /** Why the credential, though good, does not open the account that was named. */
  refusal: string | null;
};

/** How long an answer is believed: revocation is promised within a second (G18). Counted from the question, so that an answer that was long under way is no older. */
export const MAX_BELIEVED_MS = 500;
const REMEMBERED_MAX = 10_000;

const STANDING = /* GraphQL */ `
  query Standing($credential: CredentialInput!) {
    credentialStanding(credential: $credential) {
      userId
      membershipId
      accountId
      role
      areas
      networks
      keyId
      branches
      keyLimits { accounts preview creditBudget }
      actors { userId accountId loginAsId }
      refusal
    }
  }
`;

/**
 * Asks identity whether a credential holds; null when it is revoked or unknown. Requests within half a second of the *question* share its
 * answer, also while it is under way. Throws a 503 when identity does not answer: nobody new gets in, and that is not remembered.
 */
export function createStandings(
  identity: Subgraph,
  clock: () => number = () => performance.now(),
): (credential: Credential, requestId: string) => Promise<Standing | null> {
  const remembered = new Map<string, { askedAt: number; answer: Promise<Standing | null> }>();

  return async (credential, requestId) => {
    const key = `${credential.sessionId ?? ''} ${credential.keyHash ?? ''} ${credential.accountId ?? ''}`;
    const now = clock();
    const found = remembered.get(key);
    if (found !== undefined && now - found.askedAt < MAX_BELIEVED_MS) return await found.answer;

    const asked = { askedAt: now, answer: ask(identity, credential, requestId) };
    asked.answer.catch(() => {
      if (remembered.get(key) === asked) remembered.delete(key);
    });
    // Deleted first, so that the map stays in the order of asking and the oldest is the one that goes.
    remembered.delete(key);
    remembered.set(key, asked);
    if (remembered.size > REMEMBERED_MAX) remembered.delete(remembered.keys().next().value as string);
    return await asked.answer;
  };
}

async function ask(identity: Subgraph, credential: Credential, requestId: string): Promise<Standing | null> {
  const gateway: ServiceViewer = { kind: 'SERVICE', service: 'gateway', requestId, address: null };
  const { data, errors } = await identity.execute({ query: STANDING, variables: { credential } }, gateway);
  if (errors !== undefined && errors.length > 0) {
    throw refusal(503, 'SERVICE_UNAVAILABLE', 'Nobody can be let in right now. Try again.', {
      headers: { 'retry-after': '1' },
      retryAfter: 1,
    });
  }
  return (data?.credentialStanding ?? null) as Standing | null;
}
