import type { Area, AreaGrant, Areas, AreaText, Verb } from './areas.ts';

export type Role = 'OWNER' | 'ADMIN' | 'MEMBER' | 'CLIENT' | 'STAFF';

/**
 * What a role may hold at most (G09, O10): one verb for every area, or the highest verb of each area. An area that is
 * not named is none. What somebody holds is what was given to them, within this. A contact (CLIENT) keeps its data
 * right (G02), asks for support and works with trackers; money, plan, people and settings of access it looks at only.
 * The database holds the same table as its last wall (`within_role_ceiling` in identity), and a test compares both.
 */
const CEILINGS: Record<Role, Verb | Partial<Record<Area, Verb>>> = {
  OWNER: 'WRITE',
  ADMIN: 'WRITE',
  MEMBER: 'WRITE',
  CLIENT: {
    BILLING: 'READ',
    SUPPORT: 'WRITE',
    PROVISIONING: 'READ',
    CONFIGURATION: 'WRITE',
    SECURITY: 'READ',
    TRACKERS: 'WRITE',
    OTHER: 'WRITE',
  },
  STAFF: 'WRITE',
};

/** The highest verb that a role may hold in an area; null for none. */
export function ceilingOf(role: Role, area: Area): Verb | null {
  const ceiling = CEILINGS[role];
  return typeof ceiling === 'string' ? ceiling : (ceiling[area] ?? null);
}

/** True when a role may hold the area for that verb. */
export function roleAllows(role: Role, { area, verb }: AreaGrant): boolean {
  const ceiling = ceilingOf(role, area);
  return ceiling === 'WRITE' || ceiling === verb;
}

/** The grants of these that are above a role's ceiling. */
export const aboveCeiling = (role: Role, grants: readonly AreaGrant[]): AreaGrant[] =>
  grants.filter((grant) => !roleAllows(role, grant));

/** What is effective of the areas that are stored for a role: nothing above its ceiling, whatever was written. */
export function withinCeiling(role: Role, areas: readonly AreaText[]): AreaText[] {
  return areas.flatMap((text): AreaText[] => {
    const [area, verb] = text.split(':') as [Area, Verb];
    const ceiling = ceilingOf(role, area);
    return ceiling === null ? [] : [`${area}:${ceiling === 'WRITE' ? verb : 'READ'}`];
  });
}

/** As `withinCeiling`, of areas by name. */
export const areasWithin = (role: Role, areas: Areas): Areas =>
  Object.fromEntries(
    Object.entries(areas).flatMap(([area, verb]) => {
      const ceiling = ceilingOf(role, area as Area);
      return ceiling === null ? [] : [[area, ceiling === 'WRITE' ? verb : 'READ']];
    }),
  );

/**
 * Roles of an account's own people, the least first. STAFF stands beside them: it is the provider's, and given by staff
 * only.
 */
const RANKS: readonly Role[] = ['CLIENT', 'MEMBER', 'ADMIN', 'OWNER'];

/** True when the first role is above the second. STAFF is above no role, and none is above it. */
export const isAbove = (role: Role, other: Role): boolean =>
  other !== 'STAFF' && role !== 'STAFF' && RANKS.indexOf(role) > RANKS.indexOf(other);
