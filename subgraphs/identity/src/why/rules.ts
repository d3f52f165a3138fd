import { readFileSync } from 'node:fs';
import { AREAS, type Area, type Verb } from '@comptoir/shared/viewer/areas.ts';
import type { Role } from '@comptoir/shared/viewer/roles.ts';

/** What one rule of the shield asks for. Several are alternatives. */
export type Requirement = {
  area: Area | null;
  verb: Verb;
  role: Role | null;
  /** Keys are kept out, whatever they hold. */
  personOnly: boolean;
  /** Not while logged in as somebody else (N12). */
  asOneself: boolean;
  /** About the account as a whole, and so closed to members who are limited to branches (G12). */
  wholeAccount: boolean;
};

/**
 * The rule of every query and mutation of the four subgraphs, by name; written by `npm run schema` from their
 * permissions tables.
 */
const OPERATIONS: Record<string, string> = JSON.parse(
  readFileSync(new URL('./operations.json', import.meta.url), 'utf8'),
);

const OPEN: Requirement = {
  area: null,
  verb: 'READ',
  role: null,
  personOnly: false,
  asOneself: false,
  wholeAccount: false,
};

/**
 * What an action asks for: alternatives, none for what is closed to people and keys; null for an action that does not
 * exist.
 */
export function requirementsOf(action: string): Requirement[] | null {
  const area = readArea(action);
  if (area !== null) return [{ ...OPEN, ...area, wholeAccount: isWholeAccount(area.area) }];
  const rule = Object.hasOwn(OPERATIONS, action) ? OPERATIONS[action] : undefined;
  return rule === undefined ? null : readRule(rule);
}

/** Reads the name of a rule (`shared/src/permissions/permissions.ts`). */
export function readRule(name: string): Requirement[] {
  if (name.startsWith('as oneself ')) {
    return readRule(name.slice('as oneself '.length)).map((one) => ({ ...one, asOneself: true }));
  }
  if (name.startsWith('in branches ')) {
    return readRule(name.slice('in branches '.length)).map((one) => ({ ...one, wholeAccount: false }));
  }
  if (name.startsWith('either ')) return name.slice('either '.length).split(' or ').flatMap(readRule);
  if (name === 'allow' || name === 'before log-in' || name === 'known') return [OPEN];
  if (name === 'member') return [{ ...OPEN, wholeAccount: true }];
  if (name === 'person') return [{ ...OPEN, personOnly: true }];
  const [first = '', second] = name.split(' ');
  const area = readArea(second ?? first);
  if (area === null) return [];
  const whole = { ...OPEN, ...area, wholeAccount: true };
  if (second === undefined) return [whole];
  if (first === 'PERSON') return [{ ...whole, personOnly: true }];
  return [{ ...whole, role: first as Role }];
}

function readArea(text: string): { area: Area; verb: Verb } | null {
  const [area, verb, more] = text.split(':');
  const known = AREAS.find((one) => one === area);
  return known !== undefined && (verb === 'READ' || verb === 'WRITE') && more === undefined
    ? { area: known, verb }
    : null;
}

/** The areas of which something is about a branch. */
const WITHIN_BRANCHES: ReadonlySet<Area> = new Set(
  Object.values(OPERATIONS)
    .flatMap(readRule)
    .flatMap(({ area, wholeAccount }) => (area === null || wholeAccount ? [] : [area])),
);

/**
 * True for an area of which nothing is about a branch: all of it is closed to members who are limited to branches
 * (G12).
 */
export const isWholeAccount = (area: Area): boolean => !WITHIN_BRANCHES.has(area);
