/** What a member, contact or key may touch (spec O10). Each is held for READ or for WRITE; WRITE includes READ. */
export const AREAS = ['BILLING', 'SUPPORT', 'PROVISIONING', 'CONFIGURATION', 'SECURITY', 'TRACKERS', 'OTHER'] as const;
export type Area = (typeof AREAS)[number];
export type Verb = 'READ' | 'WRITE';
export type Areas = Partial<Record<Area, Verb>>;

/** Every area for WRITE: what an OWNER or ADMIN holds. */
export const ALL_AREAS: Areas = Object.fromEntries(AREAS.map((area) => [area, 'WRITE']));

/** An area with what may be done in it, as it is written in databases and tokens: `BILLING:READ`. */
export type AreaText = `${Area}:${Verb}`;
export type AreaGrant = { area: Area; verb: Verb };

export const areaText = ({ area, verb }: AreaGrant): AreaText => `${area}:${verb}`;

/** Reads what `areaText` wrote. Throws for anything else: it comes from our own tables. */
export function readAreaText(text: string): AreaGrant {
  const [area, verb] = text.split(':');
  const known = AREAS.find((name) => name === area);
  if (known === undefined || (verb !== 'READ' && verb !== 'WRITE')) throw new Error(`${text} is no area.`);
  return { area: known, verb };
}

/** The grants in the order of `AREAS`, or null when an area is named twice or none is: the input is not readable. */
export function readGrants(grants: readonly AreaGrant[]): AreaGrant[] | null {
  if (grants.length === 0 || new Set(grants.map(({ area }) => area)).size !== grants.length) return null;
  return [...grants].sort((a, b) => AREAS.indexOf(a.area) - AREAS.indexOf(b.area));
}

export const toAreas = (grants: readonly AreaGrant[]): Areas =>
  Object.fromEntries(grants.map(({ area, verb }) => [area, verb]));

/** True when every grant is within these areas. */
export const covers = (areas: Areas, grants: readonly AreaGrant[]): boolean =>
  grants.every(({ area, verb }) => areas[area] === 'WRITE' || areas[area] === verb);

/** Attenuation: true when `part` opens nothing that `whole` does not. */
export const within = (part: readonly AreaGrant[], whole: readonly AreaGrant[]): boolean =>
  covers(toAreas(whole), part);
