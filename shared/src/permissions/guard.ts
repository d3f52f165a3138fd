import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { forbidden } from '../protocol/errors.ts';
import { ALL_AREAS } from '../viewer/areas.ts';
import type { Viewer } from '../viewer/viewer.ts';
import { allow, deny, type Permissions, type Rule } from './permissions.ts';
import { and, applyMiddlewareToDeclaredResolvers, shield } from './shieldLibrary.ts';

type ReferenceResolver = (reference: unknown, context: { viewer: Viewer }, info: unknown) => unknown;

/**
 * The first wall: graphql-shield around a subgraph's schema, which decides each field that asks for something.
 *
 * A type's rule is asked on arrival: by each resolver that hands out a value of that type, and by `__resolveReference`.
 * Anyone who holds a value has passed its rule, so a field that asks for nothing else is left as it is and costs
 * nothing. Refuses, with the list of what is wrong, a table that leaves anything out (`findGaps`): graphql-shield
 * itself would serve it.
 */
export function guard(schema: GraphQLSchema, permissions: Permissions): GraphQLSchema {
  const gaps = findGaps(schema, permissions);
  if (gaps.length > 0) throw new Error(`The permissions table has gaps:\n  ${gaps.join('\n  ')}`);

  const types = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && !isIntrospectionType(type),
  ) as GraphQLObjectType[];
  const tree: Record<string, Record<string, Rule>> = {};
  const asksNothing: (() => void)[] = [];
  for (const type of types) {
    const ownRules = permissions[type.name] as Permissions[string];
    const passedBefore = isRoot(type.name) ? allow : typeRule(ownRules);
    const rules: Record<string, Rule> = {};
    for (const field of Object.values(type.getFields())) {
      const asked = new Set([fieldRule(ownRules, field.name), arrivalRule(field, permissions)]);
      const [first = allow, ...others] = [...asked].filter((rule) => rule !== allow && rule !== passedBefore);
      rules[field.name] = others.length === 0 ? first : (and(first, ...others) as unknown as Rule);
      const { resolve } = field;
      if (first === allow)
        asksNothing.push(() => void Object.assign(fieldOf(guarded, type.name, field.name), { resolve }));
      // graphql-shield takes the place of resolvers only.
      else field.resolve ??= defaultFieldResolver.bind(null) as typeof defaultFieldResolver;
    }
    tree[type.name] = rules;
    guardReferences(type, typeRule(ownRules));
  }
  const wall = shield(tree, {
    fallbackRule: deny,
    fallbackError: () => forbidden('shield'),
    allowExternalErrors: true,
  });
  const guarded = applyMiddlewareToDeclaredResolvers(schema, wall);
  for (const leaveAsItWas of asksNothing) leaveAsItWas();
  return guarded;
}

const fieldOf = (schema: GraphQLSchema, type: string, field: string) =>
  (schema.getType(type) as GraphQLObjectType).getFields()[field] as GraphQLField<unknown, unknown>;

const isRoot = (typeName: string): boolean => typeName === 'Query' || typeName === 'Mutation';

/** The rule of one field of a type. */
function fieldRule(rules: Permissions[string], field: string): Rule {
  return isRule(rules) ? rules : (rules[field] ?? rules['*'] ?? deny);
}

/** The rule that a value of the type has passed when somebody holds it. */
function typeRule(rules: Permissions[string]): Rule {
  return isRule(rules) ? rules : (rules['*'] ?? deny);
}

/**
 * The rule of the type that a field hands out; entities by `_entities` are guarded one by one in `__resolveReference`.
 */
function arrivalRule(field: GraphQLField<unknown, unknown>, permissions: Permissions): Rule {
  const type = getNamedType(field.type);
  return isObjectType(type) ? typeRule(permissions[type.name] as Permissions[string]) : allow;
}

/**
 * Puts the type's rule before its `__resolveReference`, which no Query field precedes (GUARD fact 2); also where it has
 * none, and Apollo takes the reference itself for the value.
 */
function guardReferences(type: GraphQLObjectType, rule: Rule): void {
  const apollo = type.extensions['apollo'] as { subgraph?: { resolveReference?: ReferenceResolver } } | undefined;
  const resolve = apollo?.subgraph?.resolveReference ?? ((reference: unknown) => reference);
  const resolveReference: ReferenceResolver = (reference, context, info) => {
    const outcome = rule.check(context.viewer);
    // Rejected and not thrown: the other entities of the same fetch keep their own answers.
    if (outcome !== true) return Promise.reject(outcome);
    return resolve(reference, context, info);
  };
  type.extensions = { ...type.extensions, apollo: { ...apollo, subgraph: { ...apollo?.subgraph, resolveReference } } };
}

function isRule(value: unknown): value is Rule {
  return typeof value === 'object' && value !== null && typeof (value as { check?: unknown }).check === 'function';
}

/**
 * What a permissions table leaves open: a field of `Query` or `Mutation` without a line of its own, an object type
 * without a rule, a rule that is undefined or asks for no address, a rule on something that rules do not reach
 * (interface, union, input) or that does not exist.
 */
export function findGaps(schema: GraphQLSchema, permissions: Permissions): string[] {
  const gaps: string[] = [];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    const rules = permissions[type.name];
    if (rules === undefined || rules === null) {
      gaps.push(`${type.name} has no rule.`);
    } else if (!isRule(rules)) {
      for (const [field, rule] of Object.entries(rules)) {
        if (!isRule(rule)) gaps.push(`${type.name}.${field}: the rule is undefined.`);
        if (field !== '*' && type.getFields()[field] === undefined) gaps.push(`${type.name}.${field} does not exist.`);
      }
      const open =
        rules['*'] === undefined || isRoot(type.name)
          ? Object.keys(type.getFields()).filter((field) => rules[field] === undefined)
          : [];
      for (const field of open) gaps.push(`${type.name}.${field} has no rule.`);
    } else if (isRoot(type.name)) {
      gaps.push(`${type.name}: name a rule for every field.`);
    }
    gaps.push(...openToOutsiders(schema, type, rules));
    for (const field of Object.values(type.getFields())) {
      const target = getNamedType(field.type);
      const entities = type.name === 'Query' && field.name === '_entities';
      if ((isInterfaceType(target) || isUnionType(target)) && !entities) {
        gaps.push(`${type.name}.${field.name} hands out ${target.name}: rules do not reach abstract types.`);
      }
    }
  }
  for (const [name, rules] of Object.entries(permissions)) {
    const type = schema.getType(name);
    if (type === undefined || type === null) gaps.push(`${name} is no type of this schema.`);
    else if (isInterfaceType(type) || isUnionType(type) || isInputObjectType(type))
      gaps.push(`${name}: rules reach object types only.`);
    if (rules === undefined) gaps.push(`${name}: the rule is undefined.`);
  }
  return [...new Set(gaps)];
}

/** By all that they hold they pass every rule, and a network list of theirs keeps them out (G11). */
const OUTSIDE = { requestId: 'findGaps', address: null, networks: [[]], userId: 'u', sessionId: 's' } as const;
const OUTSIDERS: readonly Viewer[] = [
  ...(['OWNER', 'STAFF'] as const).flatMap((role): Viewer[] => {
    const acting = { ...OUTSIDE, accountId: 'a', membershipId: 'm', role, areas: ALL_AREAS };
    return [
      { ...acting, kind: 'PERSON' },
      { ...acting, kind: 'KEY', keyId: 'k' },
    ];
  }),
  { ...OUTSIDE, kind: 'ANONYMOUS' },
];

/**
 * The lines of a type whose rule lets somebody in from outside their network lists. `allow` does, and is exempt where a
 * rule is passed before: for `_entities`, each of which is asked by its own type, and for types that `_entities` does
 * not hand out, which are reached through a field of `Query` or `Mutation` only.
 */
function openToOutsiders(schema: GraphQLSchema, { name }: GraphQLObjectType, rules: Permissions[string] | undefined) {
  const entities = schema.getType('_Entity');
  const isEntity = isUnionType(entities) && entities.getTypes().some((entity) => entity.name === name);
  const lines = isRule(rules) ? { [name]: rules } : rules;
  return Object.entries(lines ?? {}).flatMap(([field, rule]) => {
    const line = isRule(rules) ? name : `${name}.${field}`;
    const arrives = isRoot(name) ? field !== '_entities' : isEntity && rule === typeRule(rules as Permissions[string]);
    if (!isRule(rule) || (rule === allow && !arrives)) return [];
    return OUTSIDERS.some((viewer) => rule.check(viewer) === true)
      ? [`${line}: its rule asks nobody for the address that they call from.`]
      : [];
  });
}
