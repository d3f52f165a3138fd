import { readSdl } from '@comptoir/shared/service/localSubgraph.ts';
import { SUBGRAPHS, type SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import { expect, test } from '@jest/globals';
import { Kind, type ObjectTypeDefinitionNode, type ObjectTypeExtensionNode, parse } from 'graphql';

/** Whose rows they are: what others add to them may be missing. */
const HOMES: Record<string, SubgraphName> = {
  Account: 'accounts',
  Tracker: 'trackers',
  Event: 'trackers',
  ApiKey: 'identity',
};
/** Values that each subgraph has for itself. */
const VALUES = ['PageInfo', 'AreaGrant'];

type ObjectType = ObjectTypeDefinitionNode | ObjectTypeExtensionNode;

const typesOf = (subgraph: SubgraphName): ObjectType[] =>
  parse(readSdl(new URL(`../../subgraphs/${subgraph}/src/`, import.meta.url))).definitions.filter(
    (one) => one.kind === Kind.OBJECT_TYPE_DEFINITION || one.kind === Kind.OBJECT_TYPE_EXTENSION,
  );

/** The fields that the subgraph itself resolves. */
const ownFields = ({ fields = [] }: ObjectType) =>
  fields.filter(
    ({ name, directives }) => name.value !== 'id' && !directives?.some((one) => one.name.value === 'external'),
  );

test('GUARD: with one subgraph down the rest is answered, so what it adds to the rows of another is nullable', () => {
  const added = SUBGRAPHS.flatMap((subgraph) =>
    typesOf(subgraph)
      .filter(({ name }) => name.value in HOMES && HOMES[name.value] !== subgraph)
      .flatMap((type) => ownFields(type).map((field) => ({ type: type.name.value, field }))),
  );
  expect(added.length).toBeGreaterThan(20);
  const demanded = added.filter(({ field }) => field.type.kind === Kind.NON_NULL_TYPE);
  expect(demanded.map(({ type, field }) => `${type}.${field.name.value}`)).toEqual([]);
});

test('every type that several subgraphs have fields of has a home', () => {
  const having = new Map<string, Set<SubgraphName>>();
  for (const subgraph of SUBGRAPHS) {
    for (const type of typesOf(subgraph)) {
      if (ownFields(type).length === 0) continue;
      having.set(type.name.value, (having.get(type.name.value) ?? new Set()).add(subgraph));
    }
  }
  const shared = [...having].filter(([, subgraphs]) => subgraphs.size > 1).map(([name]) => name);
  const known = [...Object.keys(HOMES), ...VALUES, 'Query', 'Mutation'];
  expect(shared.filter((name) => !known.includes(name))).toEqual([]);
});
