import type { IncomingHttpHeaders } from 'node:http';
import { secondFactorRequired } from '@comptoir/shared/protocol/errors.ts';
import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import { addressInEach } from '@comptoir/shared/values/network.ts';
import { newId, readId } from '@comptoir/shared/values/uuid.ts';
import { type AccessClaims, verifyAccessToken } from '@comptoir/shared/viewer/accessToken.ts';
import { looksLikeApiKey, readApiKey } from '@comptoir/shared/viewer/apiKey.ts';
import { AREAS, type Area, type Areas } from '@comptoir/shared/viewer/areas.ts';
import type { KeyViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { GraphQLError } from 'graphql';
import type { JWK } from 'jose';
import { refusal } from '../errors/errors.ts';
import type { Denial } from './denials.ts';
import { type Credential, createStandings, type Standing } from './standing.ts';

type Call = { requestId: string; address: string | null };

export type Authenticate = ((headers: IncomingHttpHeaders, call: Call) => Promise<Viewer>) & {
  /** The next request of that viewer's credential asks identity anew: it reads what this one changed. */
  forget(viewer: Viewer): void;
};

/**
 * Makes the viewer of a request from its `Authorization` and `Comptoir-Account` headers: an access token or an API key,
 * and identity's word that it still holds. Throws what the caller is to read: 401 UNAUTHENTICATED, 403 FORBIDDEN,
 * ACCOUNT_NOT_CHOSEN (O13) or ADDRESS_NOT_ALLOWED (G11), 503.
 */
export function createAuthenticate(
  identity: Subgraph,
  accessKey: JWK,
  keyUsed: (keyId: string) => void = () => undefined,
  denied: (denial: Denial) => void = () => undefined,
  clock?: () => number,
): Authenticate {
  const standingOf = createStandings(identity, clock);
  const credentials = new WeakMap<Viewer, Partial<Credential>>();

  const authenticate = async (headers: IncomingHttpHeaders, call: Call): Promise<Viewer> => {
    const text = readBearer(headers.authorization);
    if (text === null) return { ...call, kind: 'ANONYMOUS', userId: null, sessionId: null };
    const named = readAccount(headers['comptoir-account']);

    if (looksLikeApiKey(text)) {
      const keyHash = readApiKey(text);
      if (keyHash === null) throw unauthenticated('The API key is not valid.');
      const standing = await standingOf({ keyHash, accountId: named }, call.requestId);
      if (standing === null) throw unauthenticated('The API key is not valid.');
      const viewer = admit(standing, call, { keyHash });
      // Only once the address is admitted: a refused one does not touch last-used (G11).
      if (viewer.kind === 'KEY') keyUsed(viewer.keyId);
      return viewer;
    }
    const { sessionId, accountId } = await readAccessToken(text, accessKey);
    const standing = await standingOf({ sessionId, accountId: named ?? accountId }, call.requestId);
    if (standing === null) throw unauthenticated('The session has ended. Log in again.');
    return admit(standing, call, { sessionId });
  };
  return Object.assign(authenticate, {
    forget(viewer: Viewer) {
      const credential = credentials.get(viewer);
      if (credential !== undefined) standingOf.forget(credential);
    },
  });

  /** The viewer; a refusal is told to anyone who records them, with its decision id. */
  function admit(standing: Standing, call: Call, credential: Partial<Credential>): Viewer {
    try {
      const viewer = viewerOf(standing, call, credential);
      credentials.set(viewer, credential);
      return viewer;
    } catch (error) {
      const { decisionId, code, rule } = (error as GraphQLError).extensions as Record<string, string | undefined>;
      const { keyId, accountId } = standing;
      const userId = standing.ofAccount ? null : standing.userId;
      const sessionId = credential.sessionId ?? null;
      if (decisionId !== undefined && code !== undefined)
        denied({ ...call, decisionId, code, rule: rule ?? null, userId, keyId, sessionId, accountId });
      throw error;
    }
  }
}

/** The token after `Bearer`; null when there is no header at all, which is how no one calls. */
export function readBearer(header: string | undefined): string | null {
  if (header === undefined) return null;
  const token = /^Bearer +([\w.~+/=-]{1,4096})$/i.exec(header)?.[1];
  if (token === undefined)
    throw unauthenticated('Send the header "Authorization: Bearer" with an access token or an API key.');
  return token;
}

/** The account that the caller names; null when it names none. */
export function readAccount(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  const id = typeof header === 'string' ? readId(header) : null;
  if (id === null) throw refusal(400, 'BAD_REQUEST', 'The header "Comptoir-Account" is not an account id.');
  return id;
}

async function readAccessToken(text: string, key: JWK): Promise<AccessClaims> {
  const claims = await verifyAccessToken(text, key);
  if (claims === 'EXPIRED') throw unauthenticated('The access token has expired; use sessionRefresh.');
  if (claims === null) throw unauthenticated('The access token is not valid.');
  return claims;
}

function viewerOf(standing: Standing, call: Call, { sessionId, keyHash }: Partial<Credential>): Viewer {
  if (!addressInEach(call.address, standing.networks)) {
    throw refusal(403, 'ADDRESS_NOT_ALLOWED', 'You are not allowed in from this address.', {
      decisionId: newId(),
      rule: 'G11',
    });
  }
  const { userId, accountId, membershipId, role, keyId, networks } = standing;
  if (standing.refusal !== null) throw refusal(403, 'FORBIDDEN', standing.refusal, { decisionId: newId() });

  const secondFactorFor = standing.secondFactorFor ?? null;
  // No one enrols, or does anything else that is their own, through a log-in as somebody else (N12).
  if (secondFactorFor !== null && standing.actors.length > 0) {
    const { message, extensions } = secondFactorRequired();
    throw refusal(403, 'SECOND_FACTOR_REQUIRED', message, { decisionId: extensions.decisionId, rule: 'N25' });
  }
  if (accountId !== null && membershipId !== null && role !== null) {
    const { actors, branches } = standing;
    const acting = {
      ...call,
      networks,
      userId,
      accountId,
      membershipId,
      role,
      areas: readAreas(standing.areas),
      ...(actors.length > 0 ? { actors } : {}),
      ...(branches === null ? {} : { branches }),
      ...(standing.secondFactor ? { secondFactor: true as const } : {}),
      ...(standing.opening ? { opening: true as const } : {}),
    };
    if (keyHash !== undefined && keyId !== null) {
      const own = standing.ofAccount ? { ofAccount: true as const } : {};
      return { ...acting, kind: 'KEY', keyId, ...own, ...keyLimits(standing) };
    }
    if (sessionId !== undefined) return { ...acting, kind: 'PERSON', sessionId };
  }
  if (sessionId !== undefined) {
    const waiting = secondFactorFor === null ? {} : { secondFactorFor };
    return { ...call, networks, kind: 'ANONYMOUS', userId, sessionId, ...waiting };
  }
  const message = 'This API key acts for no account until you name one: send its id in the header "Comptoir-Account".';
  throw refusal(403, 'ACCOUNT_NOT_CHOSEN', message, { decisionId: newId(), rule: 'O13' });
}

/** What a key is kept to; what it is not kept to is absent from the viewer. */
function keyLimits({ keyLimits: limits }: Standing): Pick<KeyViewer, 'accounts' | 'preview' | 'creditBudget'> {
  return {
    ...(limits?.accounts == null ? {} : { accounts: limits.accounts }),
    ...(limits?.preview ? { preview: true } : {}),
    ...(limits?.creditBudget == null ? {} : { creditBudget: limits.creditBudget }),
  };
}

/** `['BILLING:WRITE']` as areas. What this version does not know opens nothing. */
export function readAreas(texts: readonly string[]): Areas {
  const areas: Areas = {};
  for (const text of texts) {
    const [area, verb] = text.split(':') as [Area, string];
    if (!AREAS.includes(area)) continue;
    if (verb === 'WRITE' || (verb === 'READ' && areas[area] === undefined)) areas[area] = verb;
  }
  return areas;
}

function unauthenticated(message: string): GraphQLError {
  return refusal(401, 'UNAUTHENTICATED', message, { headers: { 'www-authenticate': 'Bearer' }, decisionId: newId() });
}
