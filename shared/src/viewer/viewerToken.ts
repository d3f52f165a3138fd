import { decodeJwt, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import { addressIn } from '../values/network.ts';
import { SUBGRAPHS } from '../values/subgraphs.ts';
import { AREAS } from './areas.ts';
import type { Viewer } from './viewer.ts';

const TYPE = 'viewer+jwt';
const ALGORITHM = 'EdDSA';
const LIFE_SECONDS = 30;
/** A viewer is sent in a header: with few lists, and of each the one network that says what all of it would. */
const MAX_LISTS = 8;
const MAX_NETWORKS_EACH = 100;
const MAX_NETWORK_CHARACTERS = 50;
/** How far the clocks of two machines may be apart. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** One signature per call and JWK objects that live as long as the process: import each once. */
const imported = new WeakMap<JWK, Promise<CryptoKey>>();

/**
 * The viewer as a signed token that one subgraph, the audience, accepts for 30 seconds. Of a network list only the
 * network that holds the viewer's address is sent: no other can matter, and three lists of a hundred would not fit into
 * a header. A list that does not hold it is sent as an empty one, which holds no one.
 */
export async function signViewer(
  viewer: Viewer,
  { key, issuer, audience }: { key: JWK; issuer: string; audience: string },
): Promise<string> {
  return await new SignJWT({ viewer: shortened(viewer) })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(`${LIFE_SECONDS}s`)
    .sign(await importKey(key));
}

function shortened(viewer: Viewer): Viewer {
  if (viewer.kind === 'SERVICE' || viewer.networks === undefined || viewer.networks.length === 0) return viewer;
  const holding = (list: readonly string[]) => list.filter((one) => addressIn(viewer.address, [one])).slice(0, 1);
  return { ...viewer, networks: viewer.networks.map(holding) };
}

/**
 * The viewer that a token carries, or null for any token that is not exactly ours: type, algorithm, audience, a known
 * issuer's signature, age. Only the gateway speaks for people; any other service speaks for itself alone.
 */
export async function verifyViewer(
  token: string,
  { keys, audience }: { keys: Record<string, JWK>; audience: string },
): Promise<Viewer | null> {
  try {
    const issuer = decodeJwt(token).iss;
    if (issuer === undefined || !Object.hasOwn(keys, issuer)) return null;
    const { payload } = await jwtVerify(token, await importKey(keys[issuer] as JWK), {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer,
      audience,
      requiredClaims: ['iat', 'exp'],
      // Anyone who signs cannot make a token that outlives ours.
      maxTokenAge: LIFE_SECONDS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    });
    const viewer = payload.viewer;
    return payload.aud === audience && isViewer(viewer) && maySpeakFor(issuer, viewer) ? viewer : null;
  } catch {
    return null;
  }
}

function maySpeakFor(issuer: string, viewer: Viewer): boolean {
  return viewer.kind === 'SERVICE' ? viewer.service === issuer : issuer === 'gateway';
}

function importKey(key: JWK): Promise<CryptoKey> {
  let found = imported.get(key);
  if (found === undefined) {
    found = importJWK(key, ALGORITHM) as Promise<CryptoKey>;
    imported.set(key, found);
  }
  return found;
}

/**
 * The signature says who wrote it; this says that it is a viewer, also when the writer runs another version of ours.
 */
function isViewer(value: unknown): value is Viewer {
  if (typeof value !== 'object' || value === null) return false;
  const viewer = value as Record<string, unknown>;
  const text = (name: string): boolean => typeof viewer[name] === 'string' && viewer[name] !== '';
  const textOrNull = (name: string): boolean => viewer[name] === null || text(name);
  if (!text('requestId') || !textOrNull('address')) return false;
  switch (viewer.kind) {
    case 'PERSON':
      return isActing(viewer) && text('sessionId');
    case 'KEY':
      return (
        isActing(viewer) &&
        text('keyId') &&
        (viewer.ofAccount === undefined || viewer.ofAccount === true) &&
        (viewer.preview === undefined || viewer.preview === true) &&
        (viewer.creditBudget === undefined || Number.isSafeInteger(viewer.creditBudget))
      );
    case 'ANONYMOUS':
      return (
        textOrNull('userId') &&
        textOrNull('sessionId') &&
        ((viewer.userId === null && viewer.networks === undefined) || areLists(viewer.networks)) &&
        (viewer.secondFactorFor === undefined || text('secondFactorFor'))
      );
    case 'SERVICE':
      return ['gateway', ...SUBGRAPHS].includes(viewer.service as string);
    default:
      return false;
  }
}

function isActing(viewer: Record<string, unknown>): boolean {
  const { areas } = viewer;
  const textsOrAbsent = (value: unknown): boolean =>
    value === undefined || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
  return (
    areLists(viewer.networks) &&
    textsOrAbsent(viewer.branches) &&
    textsOrAbsent(viewer.accounts) &&
    (viewer.secondFactor === undefined || viewer.secondFactor === true) &&
    (viewer.opening === undefined || viewer.opening === true) &&
    (viewer.actors === undefined || (Array.isArray(viewer.actors) && viewer.actors.every(isActor))) &&
    ['userId', 'accountId', 'membershipId'].every((name) => typeof viewer[name] === 'string' && viewer[name] !== '') &&
    ['OWNER', 'ADMIN', 'MEMBER', 'CLIENT', 'STAFF'].includes(viewer.role as string) &&
    typeof areas === 'object' &&
    areas !== null &&
    Object.entries(areas).every(
      ([area, verb]) => (AREAS as readonly string[]).includes(area) && (verb === 'READ' || verb === 'WRITE'),
    )
  );
}

/**
 * Network lists, few and short. Anyone who is known comes with them: a token without was signed by a gateway that does
 * not know of them, and somebody whom only a list keeps out would be let in by it.
 */
const areLists = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length <= MAX_LISTS &&
  value.every(
    (list) =>
      Array.isArray(list) &&
      list.length <= MAX_NETWORKS_EACH &&
      list.every((text) => typeof text === 'string' && text.length <= MAX_NETWORK_CHARACTERS),
  );

const isActor = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  ['userId', 'accountId', 'loginAsId'].every((name) => typeof (value as Record<string, unknown>)[name] === 'string');
