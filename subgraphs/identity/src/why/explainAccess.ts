import { addToTrail } from '@comptoir/shared/audit/trail.ts';
import { badInput, forbidden } from '@comptoir/shared/protocol/errors.ts';
import { readAddress } from '@comptoir/shared/values/network.ts';
import { newId, readId } from '@comptoir/shared/values/uuid.ts';
import type { Area, AreaText, Verb } from '@comptoir/shared/viewer/areas.ts';
import { holds, type KeyViewer, type PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { ExplainAccessInput, QueryResolvers } from '../../generated/graphql.ts';
import type { SubgraphContext } from '../context.ts';
import { heldAreas } from '../sessions/credentialStanding.ts';
import { explain, type Standing, type Step, type Way } from './explain.ts';
import { findPlaces } from './place.ts';
import type { Place } from './placeAt.ts';
import { type Requirement, requirementsOf } from './rules.ts';
import {
  asksSecondFactorAt,
  findGrantors,
  findKeyAt,
  findLoginAsAt,
  findMakerAt,
  findMembershipAt,
  findNetworksAt,
  findReach,
  hasSecondFactorAt,
  type MembershipThen,
  type Touched,
} from './standingAt.ts';

export type Grantor = { membershipId: string | null; accountId: string };
export type Explanation = {
  allowed: boolean;
  decisionId: string;
  path: Step[];
  missing: Step | null;
  grantors: Grantor[];
};

type Subject = { membershipId: string } | { keyId: string } | null;

export const explainAccess: QueryResolvers['explainAccess'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer | KeyViewer;
  const requirements = requirementsOf(input.action);
  if (requirements === null)
    throw badInput('Name an area with a verb, as BILLING:WRITE, or a query or mutation.', ['input', 'action']);
  const address = input.address == null ? null : readAddress(input.address);
  if (input.address != null && address === null) throw badInput('That is no address.', ['input', 'address']);
  const at = input.at ?? ctx.now;
  const { subject, isSelf } = await chosenSubject(ctx, viewer, input);
  const places = input.resource == null ? null : await findPlaces(ctx, input.resource, input.at ?? null);
  const visible = input.resource == null ? null : places === null ? 'HIDDEN' : (places.asOf ?? 'ABSENT');
  const decisionId = newId();

  return await ctx.system('explain access', async (tx) => {
    const from = address ?? (isSelf && input.at == null ? viewer.address : undefined);
    const past = input.at != null;
    const standing = await standingOf(tx, viewer, subject, { at, past, address: from, isSelf });
    const tried = await Promise.all([...requirements].map((one) => walk(tx, one, standing, visible, at)));
    // The alternative that goes furthest tells most: all of it where one is allowed.
    const best =
      tried.toSorted((a, b) => Number(b.allowed) - Number(a.allowed) || b.path.length - a.path.length)[0] ?? closed();
    const grantors =
      best.missing === null ? [] : await grantorsOf(tx, viewer, best, standing.membership, places?.now ?? null);
    const subjects =
      subject === null
        ? []
        : 'keyId' in subject
          ? [`apiKeyId:${subject.keyId}`]
          : [`membershipId:${subject.membershipId}`];
    const entry = {
      id: decisionId,
      decision: 'EXPLAINED' as const,
      action: 'explainAccess',
      step: input.action,
      code: best.missing?.kind ?? null,
    };
    await addToTrail(tx, [{ ...entry, note: { subjects } }], viewer, ctx.now);
    return { allowed: best.allowed, decisionId, path: best.path, missing: best.missing, grantors };
  });
};

/**
 * Whom it is about; a subject that is not one of the caller's account, or that they cannot see, is null: no one. Others
 * than oneself need SECURITY.
 */
async function chosenSubject(
  ctx: SubgraphContext,
  viewer: PersonViewer | KeyViewer,
  { membershipId, apiKeyId }: ExplainAccessInput,
): Promise<{ subject: Subject; isSelf: boolean }> {
  const self: Subject = viewer.kind === 'KEY' ? { keyId: viewer.keyId } : { membershipId: viewer.membershipId };
  if (membershipId == null && apiKeyId == null) return { subject: self, isSelf: true };
  if (membershipId != null && apiKeyId != null)
    throw badInput('Name a membership or a key, not both.', ['input', 'apiKeyId']);
  const id = readId(membershipId ?? apiKeyId ?? '');
  if (id === Object.values(self)[0]) return { subject: self, isSelf: true };
  if (!holds(viewer, 'SECURITY', 'READ')) throw forbidden('SECURITY:READ');
  const row = id === null ? null : await (membershipId == null ? ctx.loaders.apiKey : ctx.loaders.membership).load(id);
  if (id === null || row === null || row.accountId !== viewer.accountId) return { subject: null, isSelf: false };
  return { subject: membershipId == null ? { keyId: id } : { membershipId: id }, isSelf: false };
}

async function standingOf(
  tx: EntityManager,
  viewer: PersonViewer | KeyViewer,
  subject: Subject,
  { at, past, address, isSelf }: { at: Date; past: boolean; address: string | null | undefined; isSelf: boolean },
): Promise<Standing> {
  const acting = isSelf && (viewer.actors?.length ?? 0) > 0;
  const accountNetworks = await findNetworksAt(tx, viewer.accountId, at);
  const asks = (holder: string, account: string): Promise<boolean> => asksSecondFactorAt(tx, { holder, account, at });
  const asksSecondFactor = await asks(viewer.accountId, viewer.accountId);
  const common = {
    asksSecondFactor,
    secondFactor: false,
    accountNetworks,
    accountNetworksShown: holds(viewer, 'SECURITY', 'READ'),
    address,
    acting,
    at,
  };
  if (subject === null) return { ...common, membership: null, key: undefined };
  if ('keyId' in subject) {
    const key = await findKeyAt(tx, subject.keyId, at);
    return { ...common, key, membership: key === null ? null : await findMakerAt(tx, key, at) };
  }
  const membership = await findMembershipAt(tx, subject.membershipId, at);
  const secondFactor = membership !== null && (await hasSecondFactorAt(tx, membership.userId, at));
  if (!acting || membership === null) return { ...common, secondFactor, membership, key: undefined };
  // Logged in as a client: what the log-in-as opens, or opened then, in the client's account, is what counts.
  const loginAs = past ? await openedThen(tx, viewer, membership, at) : openedNow(viewer);
  if (loginAs === null) return { ...common, secondFactor, membership: null, key: undefined };
  const { areas, home } = loginAs;
  return {
    ...common,
    // As `credentialStanding` says of now: of the client, of the partnership with it, and of the actor's own account.
    asksSecondFactor: asksSecondFactor || (await asks(home, viewer.accountId)) || (await asks(home, home)),
    secondFactor,
    key: undefined,
    membership: { ...membership, accountId: viewer.accountId, role: viewer.role, areas },
  };
}

/** What a log-in-as opens, and the account that its actor is at home in. */
type Opened = { areas: AreaText[]; home: string };

const openedNow = ({ areas, actors, accountId }: PersonViewer | KeyViewer): Opened => ({
  areas: Object.entries(areas).map(([area, verb]) => `${area}:${verb}` as AreaText),
  home: actors?.[0]?.accountId ?? accountId,
});

/**
 * As `loginAsStanding` says of now: the actor's areas at home within what the client opened; null when the log-in-as
 * did not go on, or was good for nothing, then.
 */
async function openedThen(
  tx: EntityManager,
  { actors }: PersonViewer | KeyViewer,
  { role, areas, branches }: MembershipThen,
  at: Date,
): Promise<Opened | null> {
  const loginAs = await findLoginAsAt(tx, actors?.[0]?.loginAsId ?? '', at);
  if (loginAs === null || branches !== null || (loginAs.byStaff && role !== 'STAFF')) return null;
  const opened = loginAs.byStaff ? areas : heldAreas(areas, loginAs.reach);
  return opened.includes('SECURITY:WRITE') ? { areas: opened, home: loginAs.actorAccountId } : null;
}

type Walk = { allowed: boolean; path: Step[]; missing: Step | null; requirement: Requirement | null };

/** Goes along the steps up to the first that does not hold. */
async function walk(
  tx: EntityManager,
  requirement: Requirement,
  standing: Standing,
  visible: Place | 'HIDDEN' | 'ABSENT' | null,
  at: Date,
): Promise<Walk> {
  let way: Way =
    visible === null || typeof visible === 'string'
      ? visible
      : { place: visible, partnershipId: null, asksSecondFactor: false };
  if (typeof way === 'object' && way !== null && standing.membership !== null) {
    const { area, verb } = requirement;
    const reach = {
      holder: standing.membership.accountId,
      account: way.place.accountId,
      area: area ?? ('LINK' as const),
      verb,
      at,
    };
    const asksSecondFactor = await asksSecondFactorAt(tx, reach);
    way = { ...way, partnershipId: await findReach(tx, reach), asksSecondFactor };
  }
  const path: Step[] = [];
  for (const step of explain(requirement, standing, way)) {
    path.push(step);
    if (!step.holds) return { allowed: false, path, missing: step, requirement };
  }
  return { allowed: true, path, missing: null, requirement };
}

/** An action that is our services' own. */
function closed(): Walk {
  const missing: Step = {
    kind: 'ACTION',
    holds: false,
    message: 'This is closed to people and keys.',
    subjectId: null,
    rule: null,
  };
  return { allowed: false, path: [missing], missing, requirement: null };
}

/**
 * What somebody who is limited to branches themselves needs to close the gap (G12); null where it is about no member
 * and no branch.
 */
function touched(
  { missing, requirement }: { missing: Step; requirement: Requirement | null },
  accountId: string,
  subject: MembershipThen | null,
  place: Place | null,
): Touched | null {
  if (subject === null || missing.subjectId === accountId) return null;
  const { branches } = subject;
  if (missing.kind === 'KEY' || missing.kind === 'KEY_SCOPE' || missing.kind === 'KEY_ACCOUNTS')
    return branches === null ? { every: null } : { every: [], one: branches };
  const ids = place?.branches?.ids;
  if (missing.kind !== 'BRANCH' || branches === null) return { every: branches };
  if (requirement?.wholeAccount) return { every: null };
  return ids == null ? { every: null } : { every: branches, one: ids };
}

/** What opens an area: anyone who may write may read. */
const enough = (area: Area, verb: Verb): AreaText[] =>
  verb === 'WRITE' ? [`${area}:WRITE`] : [`${area}:READ`, `${area}:WRITE`];

/** Who could close the gap: people of the account who hold it and may give it, or the account that may open itself. */
async function grantorsOf(
  tx: EntityManager,
  viewer: PersonViewer | KeyViewer,
  { missing, requirement }: Walk,
  subject: MembershipThen | null,
  place: Place | null,
): Promise<Grantor[]> {
  if (missing === null) return [];
  if (missing.kind === 'PARTNERSHIP') return [{ membershipId: null, accountId: missing.subjectId as string }];
  if (missing.kind === 'RESOURCE' || missing.kind === 'ROLE' || missing.kind === 'ACTION') return [];
  // Only the person themselves closes that gap.
  if (missing.kind === 'SECOND_FACTOR') return [];
  const { area, verb } = requirement ?? { area: null, verb: 'READ' as const };
  const needed = missing.kind === 'AREA' && area !== null ? enough(area, verb) : [];
  const found = await findGrantors(
    tx,
    viewer.accountId,
    needed,
    touched({ missing, requirement }, viewer.accountId, subject, place),
  );
  const seen = holds(viewer, 'SECURITY', 'READ') ? found.filter(({ visible }) => visible) : [];
  const grantors: Grantor[] = seen.map(({ id }) => ({ membershipId: id, accountId: viewer.accountId }));
  // Of those whom the asker may not see it is told that there are some: whom to turn to.
  return seen.length < found.length ? [...grantors, { membershipId: null, accountId: viewer.accountId }] : grantors;
}
