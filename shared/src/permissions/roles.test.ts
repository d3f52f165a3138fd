import { personViewer } from '@comptoir/testing/viewers.ts';
import { expect, test } from '@jest/globals';
import { ALL_AREAS, AREAS, type AreaText, areaText } from '../viewer/areas.ts';
import {
  aboveCeiling,
  areasWithin,
  ceilingOf,
  isAbove,
  type Role,
  roleAllows,
  withinCeiling,
} from '../viewer/roles.ts';
import { requires } from './permissions.ts';

const ROLES: Role[] = ['OWNER', 'ADMIN', 'MEMBER', 'CLIENT', 'STAFF'];
const EVERY: AreaText[] = AREAS.flatMap((area) => [`${area}:READ`, `${area}:WRITE`] as AreaText[]);

test('G09 a contact looks at money, plan and people, and writes its cards, profile, trackers and support requests', () => {
  expect(Object.fromEntries(AREAS.map((area) => [area, ceilingOf('CLIENT', area)]))).toEqual({
    BILLING: 'READ',
    SUPPORT: 'WRITE',
    PROVISIONING: 'READ',
    CONFIGURATION: 'WRITE',
    SECURITY: 'READ',
    TRACKERS: 'WRITE',
    OTHER: 'WRITE',
  });
});

test('O10 what is stored above the ceiling of a role is nowhere effective: not in areas, not in a rule of the shield', () => {
  for (const role of ROLES) {
    const viewer = personViewer({ accountId: 'home', role, areas: ALL_AREAS });
    expect(Object.keys(areasWithin(role, ALL_AREAS))).toHaveLength(7);
    for (const area of AREAS) {
      for (const verb of ['READ', 'WRITE'] as const) {
        const allowed = verb === 'READ' || role !== 'CLIENT' || ceilingOf('CLIENT', area) === 'WRITE';
        expect([role, area, verb, roleAllows(role, { area, verb })]).toEqual([role, area, verb, allowed]);
        expect(requires(area, verb).check(viewer) === true).toBe(allowed);
        expect(aboveCeiling(role, [{ area, verb }])).toHaveLength(allowed ? 0 : 1);
      }
      const written = withinCeiling(role, [areaText({ area, verb: 'WRITE' })]);
      expect(written).toEqual([areaText({ area, verb: ceilingOf(role, area) ?? 'READ' })]);
    }
    expect(withinCeiling(role, EVERY).every((text) => EVERY.includes(text))).toBe(true);
  }
});

test('O10 OWNER is above ADMIN, ADMIN above MEMBER, MEMBER above CLIENT; STAFF stands beside them', () => {
  const above = ROLES.flatMap((role) => ROLES.filter((other) => isAbove(role, other)).map((other) => [role, other]));
  expect(above).toEqual([
    ['OWNER', 'ADMIN'],
    ['OWNER', 'MEMBER'],
    ['OWNER', 'CLIENT'],
    ['ADMIN', 'MEMBER'],
    ['ADMIN', 'CLIENT'],
    ['MEMBER', 'CLIENT'],
  ]);
});
