import { permissions as accounts } from '@comptoir/accounts/permissions.ts';
import { permissions as billing } from '@comptoir/billing/permissions.ts';
import { permissions as identity } from '@comptoir/identity/permissions.ts';
import { REPOSITORY } from '@comptoir/launch/machine/repository.ts';
import type { Permissions, Rule } from '@comptoir/shared/permissions/permissions.ts';
import { readSdl } from '@comptoir/shared/service/localSubgraph.ts';
import { SUBGRAPHS, type SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import { AREAS } from '@comptoir/shared/viewer/areas.ts';
import type { Role } from '@comptoir/shared/viewer/roles.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { permissions as trackers } from '@comptoir/trackers/permissions.ts';
import { expect, test } from '@jest/globals';
import {
  type FieldDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  parse,
  type TypeNode,
} from 'graphql';
import { personViewer } from '../viewers.ts';

/**
 * What may be missing is nullable, or one row out of sight takes along everything around it. Missing may be: what
 * another account owns, what a permission closes to somebody who holds its object, and whatever another subgraph has.
 */
const PERMISSIONS: Record<SubgraphName, Permissions> = { identity, accounts, billing, trackers };

type ObjectType = ObjectTypeDefinitionNode | ObjectTypeExtensionNode;
type Field = { subgraph: SubgraphName; type: string; field: FieldDefinitionNode };

const isObject = ({ kind }: { kind: string }): boolean =>
  kind === Kind.OBJECT_TYPE_DEFINITION || kind === Kind.OBJECT_TYPE_EXTENSION;
const has = (node: { directives?: readonly { name: { value: string } }[] }, name: string): boolean =>
  node.directives?.some((directive) => directive.name.value === name) === true;
const namedOf = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : namedOf(type.type));
const isList = (type: TypeNode): boolean =>
  type.kind === Kind.LIST_TYPE || (type.kind === Kind.NON_NULL_TYPE && isList(type.type));

const types = SUBGRAPHS.flatMap((subgraph) =>
  parse(readSdl(new URL(`subgraphs/${subgraph}/src/`, REPOSITORY)))
    .definitions.filter((one) => isObject(one))
    .map((type) => ({ subgraph, type: type as ObjectType })),
);
/** Every field that clients see and that is never null. */
const demanded: Field[] = types
  .filter(({ type }) => !has(type, 'inaccessible'))
  .flatMap(({ subgraph, type }) => (type.fields ?? []).map((field) => ({ subgraph, type: type.name.value, field })))
  .filter(
    ({ field }) => field.type.kind === Kind.NON_NULL_TYPE && !has(field, 'inaccessible') && !has(field, 'external'),
  );
const nameOf = ({ type, field }: Field): string => `${type}.${field.name.value}`;

test('a row of another subgraph is referred to where it may be null: it may be away, or out of sight', () => {
  const referredTo = demanded.filter(({ subgraph, field }) => {
    const named = namedOf(field.type);
    const homes = types.filter(({ type }) => type.name.value === named && has(type, 'key'));
    const own = homes.find((one) => one.subgraph === subgraph);
    const resolves = homes.some((one) => one.subgraph !== subgraph && (one.type.fields?.length ?? 0) > 1);
    // What it has of the row beyond its key it has itself.
    return (
      resolves &&
      !isList(field.type) &&
      (own?.type.fields ?? []).every(({ name, type }) => name.value === 'id' || type.kind !== Kind.NON_NULL_TYPE)
    );
  });
  expect(referredTo.map(nameOf)).toEqual([]);
});

/** Callers of every kind, with every single area and with none. */
const viewers: Viewer[] = (['OWNER', 'ADMIN', 'MEMBER', 'CLIENT', 'STAFF'] as Role[]).flatMap((role) =>
  [{}, ...AREAS.flatMap((area) => [{ [area]: 'READ' }, { [area]: 'WRITE' }])].flatMap((areas): Viewer[] => {
    const one = personViewer({ role, areas } as never);
    const { sessionId, ...acting } = one;
    const call = { requestId: one.requestId, address: one.address };
    return [
      one,
      { ...one, branches: [one.accountId] },
      { ...one, actors: [{ userId: one.userId, accountId: one.accountId, loginAsId: one.accountId }] },
      { ...acting, kind: 'KEY', keyId: one.accountId },
      { ...acting, kind: 'KEY', keyId: one.accountId, preview: true },
      { ...call, networks: [], kind: 'ANONYMOUS', userId: one.userId, sessionId },
      { ...call, kind: 'ANONYMOUS', userId: null, sessionId: null },
    ];
  }),
);

const isRule = (value: unknown): value is Rule =>
  typeof (value as { check?: unknown } | undefined)?.check === 'function';

/** Rules of one name are one object, and denials cost: each is asked once. */
const admits = new Map<Rule, boolean[]>();
function admitted(rule: Rule): boolean[] {
  const known = admits.get(rule) ?? viewers.map((viewer) => rule.check(viewer) === true);
  admits.set(rule, known);
  return known;
}

function ruleOf(permissions: Permissions, type: string, field: string): Rule | null {
  const rules = permissions[type];
  const rule = isRule(rules) ? rules : (rules?.[field] ?? rules?.['*']);
  return rule ?? null;
}

test('what a permission closes to somebody who holds its object may be null', () => {
  const closed = demanded.filter(({ subgraph, type, field }) => {
    const permissions = PERMISSIONS[subgraph];
    const rules = [
      ruleOf(permissions, type, field.name.value),
      permissions[namedOf(field.type)] === undefined ? null : ruleOf(permissions, namedOf(field.type), '*'),
    ];
    const holding = type === 'Query' || type === 'Mutation' ? null : ruleOf(permissions, type, '*');
    const holders = viewers.map((_, at) => holding === null || admitted(holding)[at] === true);
    return rules.some((rule) => rule !== null && admitted(rule).some((may, at) => holders[at] === true && !may));
  });
  expect(closed.map(nameOf)).toEqual([]);
});
