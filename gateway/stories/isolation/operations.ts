import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  astFromValue,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  parse,
  print,
} from 'graphql';

/** One thing that can be read below a type: the field that it covers, the way to it, and what reads it. */
export type Reading = {
  covers: string;
  path: string[];
  text: string;
  /** True of a scalar, which is read with its object too. */
  leaf: boolean;
  /** Its arguments, and the selection written with others than those that it needs. */
  args: readonly GraphQLArgument[];
  write: (args: string) => string;
};

const DAY_MS = 86_400_000;
const WINDOW: Record<string, string> = {
  from: new Date(Date.now() - 3 * DAY_MS).toISOString(),
  to: new Date(Date.now() + DAY_MS).toISOString(),
  at: new Date().toISOString(),
};

/** Remembers what was made of each key: the same for every caller and every id. */
function once<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}

/** The subgraph's schema from its SDL, without resolvers: to generate operations from. */
export const schemaOf = once((sdl: string): GraphQLSchema => buildSubgraphSchema([{ typeDefs: parse(sdl) }]));

/**
 * Every field of every type that can be reached from `start`, each by the shortest way: written from the schema, so a
 * new field is read too.
 */
export const readingsOf = once((start: GraphQLObjectType): readonly Reading[] => {
  const readings: Reading[] = [];
  const seen = new Set([start.name]);
  const queue: { type: GraphQLObjectType; path: string[]; wrap: (inner: string) => string }[] = [
    { type: start, path: [], wrap: (inner) => inner },
  ];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { type, path, wrap } = next;
    for (const field of Object.values(type.getFields()).filter((each) => !isExternal(each))) {
      const target = getNamedType(field.type);
      const call = `${field.name}${requiredArguments(field)}`;
      const here = [...path, field.name];
      const covers = `${type.name}.${field.name}`;
      if (isLeafType(target))
        readings.push({ covers, path: here, text: wrap(call), args: [], leaf: true, write: wrap });
      if (!isObjectType(target)) continue;
      const leaves = Object.values(target.getFields()).filter(
        (leaf) => isLeafType(getNamedType(leaf.type)) && requiredArguments(leaf) === '' && !isExternal(leaf),
      );
      const inner = leaves.length === 0 ? '__typename' : leaves.map(({ name }) => name).join(' ');
      const write = (args: string): string => wrap(`${field.name}${args} { ${inner} }`);
      readings.push({
        covers,
        path: here,
        text: write(requiredArguments(field)),
        args: field.args,
        leaf: false,
        write,
      });
      if (seen.has(target.name)) continue;
      seen.add(target.name);
      queue.push({ type: target, path: here, wrap: (deeper) => wrap(`${call} { ${deeper} }`) });
    }
  }
  return readings;
});

/** What another subgraph gives: the gateway brings it along, and asked directly there is nothing. */
const isExternal = ({ astNode }: GraphQLField<unknown, unknown>): boolean =>
  astNode?.directives?.some(({ name }) => name.value === 'external') ?? false;

/** Entities that a subgraph only hangs something on: it returns any id it is asked with; what hangs is asked for. */
export const isReference = (subgraph: string, type: GraphQLObjectType): boolean =>
  type.name === 'Account' || (subgraph === 'billing' && ['Tracker', 'Event'].includes(type.name));

function requiredArguments({ name, args }: GraphQLField<unknown, unknown>): string {
  const needed = args.filter((arg) => isNonNullType(arg.type) && arg.defaultValue === undefined);
  if (needed.length === 0) return '';
  const written = needed.map((arg) => {
    const value = WINDOW[arg.name];
    if (value === undefined) throw new Error(`No value is known for the argument ${arg.name} of ${name}.`);
    return `${arg.name}: "${value}"`;
  });
  return `(${written.join(', ')})`;
}

/** The types that `_entities` hands out. One of which a subgraph knows nothing but the id has no rows there. */
export function entitiesOf(schema: GraphQLSchema): GraphQLObjectType[] {
  const union = schema.getType('_Entity');
  return isUnionType(union) ? union.getTypes().filter((type) => Object.keys(type.getFields()).join() !== 'id') : [];
}

export const rootFields = (type: GraphQLObjectType | null | undefined): GraphQLField<unknown, unknown>[] =>
  Object.values(type?.getFields() ?? {}).filter(({ name }) => name !== '_entities' && name !== '_service');

/** The arguments of a field that are ids and must be given. */
export const idArguments = (field: GraphQLField<unknown, unknown>): readonly GraphQLArgument[] =>
  field.args.filter((arg) => getNamedType(arg.type).name === 'ID' && isNonNullType(arg.type));

/** The ways to name a resource by its id in the questions about access (N07), by the table that its rows stand in. */
const RESOURCES: Record<string, string> = {
  ACCOUNT: 'accounts.account',
  MEMBERSHIP: 'identity.membership',
  API_KEY: 'identity.api_key',
  CONTACT: 'identity.contact',
  TRACKER: 'trackers.tracker',
  WALLET: 'billing.wallet',
};

/** True for a root field that takes an input, not merely the id of what it gives. */
export const asksByInput = (field: GraphQLField<unknown, unknown>): boolean =>
  field.args.some((arg) => isNonNullType(arg.type) && isInputObjectType(getNamedType(arg.type)));

/** How a root field with an input is called with an id of that table at each of its places: arguments as text. */
export function callsWith(
  field: GraphQLField<unknown, unknown>,
  row: { table: string; id: string },
  action: string,
): string[] {
  const kinds = Object.keys(RESOURCES).filter((kind) => RESOURCES[kind] === row.table);
  const places = placesOf(field.args).filter(({ type }) => type === 'ID');
  return places.flatMap(({ path }) => {
    if (path.endsWith('resource.id')) return kinds.map((kind) => written(field, { path, id: row.id, kind, action }));
    const own = path.endsWith('membershipId') ? 'identity.membership' : 'identity.api_key';
    return own === row.table ? [written(field, { path, id: row.id, kind: '', action })] : [];
  });
}

function written(
  field: GraphQLField<unknown, unknown>,
  at: { path: string; id: string; kind: string; action: string },
): string {
  const supply: Supply = ({ path }) => {
    if (path === at.path) return at.id;
    if (path.endsWith('resource.type') && at.kind !== '') return at.kind;
    if (path.endsWith('area')) return at.action.split(':')[0];
    return path.endsWith('action') ? at.action : undefined;
  };
  const input = inputFor(field.args, supply, { full: false, choice: 0 });
  const parts = Object.entries(input).flatMap(([name, value]) => {
    const arg = field.args.find((each) => each.name === name);
    const node = arg === undefined ? null : astFromValue(value, arg.type);
    return node == null ? [] : [`${name}: ${print(node)}`];
  });
  return `(${parts.join(', ')})`;
}

export type Place = { path: string; type: string };

/** The places of an input where a scalar is written: `input.events.trackerId`. */
export function placesOf(args: readonly GraphQLArgument[]): Place[] {
  const places: Place[] = [];
  const walk = (type: GraphQLInputType, path: string): void => {
    const named = getNamedType(type);
    if (isInputObjectType(named)) {
      for (const field of Object.values(named.getFields())) walk(field.type, `${path}.${field.name}`);
    } else places.push({ path, type: isEnumType(named) ? 'enum' : named.name });
  };
  for (const arg of args) walk(arg.type, arg.name);
  return places;
}

/** Returns the value of a scalar at a place; undefined leaves it out where it may be. */
export type Supply = (place: Place) => unknown;

/**
 * Values for a field's arguments. What may be left out is written when `full` or when the supply has a value for it;
 * lists hold one item; `choice` says which value of each enum.
 */
export function inputFor(
  args: readonly GraphQLArgument[],
  supply: Supply,
  { full, choice }: { full: boolean; choice: number },
): Record<string, unknown> {
  const value = (type: GraphQLInputType, path: string): unknown => {
    if (isNonNullType(type)) return value(type.ofType, path);
    if (isListType(type)) {
      const item = value(type.ofType, path);
      return item === undefined ? undefined : [item];
    }
    if (isInputObjectType(type)) {
      const entries = Object.values(type.getFields()).flatMap((field): [string, unknown][] => {
        const inside = `${path}.${field.name}`;
        const required = isNonNullType(field.type);
        const asked =
          required ||
          full ||
          placesOf([{ ...field, name: inside } as never]).some((place) => supply(place) !== undefined);
        const made = asked ? value(field.type, inside) : undefined;
        return made === undefined ? [] : [[field.name, made]];
      });
      return Object.fromEntries(entries);
    }
    if (isEnumType(type)) {
      const values = type.getValues();
      return supply({ path, type: 'enum' }) ?? values[choice % values.length]?.name;
    }
    const name = getNamedType(type).name;
    return supply({ path, type: name }) ?? PLAIN[name]?.(path);
  };
  return Object.fromEntries(
    args
      .filter((arg) => isNonNullType(arg.type) || full || placesOf([arg]).some((place) => supply(place) !== undefined))
      .map((arg) => [arg.name, value(arg.type, arg.name)])
      .filter(([, made]) => made !== undefined),
  );
}

/** Something readable of each scalar, for places that a test does not care about. */
const PLAIN: Record<string, (path: string) => unknown> = {
  String: (path) =>
    path.endsWith('etworks')
      ? '127.0.0.0/8'
      : path.endsWith('email')
        ? 'someone@example.org'
        : path.endsWith('currency')
          ? 'EUR'
          : 'something',
  ID: () => '00000000-0000-7000-8000-000000000000',
  Int: () => 1,
  SafeInt: () => 1,
  Float: () => 1,
  Boolean: () => true,
  DateTime: () => new Date(Date.now() + DAY_MS).toISOString(),
  LocalDate: () => '2026-01-01',
  Decimal: () => '1.00',
  JSON: () => ({ some: 'data' }),
};

/** An operation that calls one field with its arguments as variables, and reads `selection` of the answer. */
export function operation(
  kind: 'query' | 'mutation',
  field: GraphQLField<unknown, unknown>,
  selection: string,
): string {
  const declared = field.args.map(({ name, type }) => `$${name}: ${type}`).join(', ');
  const passed = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
  const body = isLeafType(getNamedType(field.type)) ? '' : ` { ${selection} }`;
  return `${kind}${declared === '' ? '' : ` (${declared})`} { ${field.name}${passed === '' ? '' : `(${passed})`}${body} }`;
}

/** What can be read of a mutation's payload one level down: its errors in full, its leaves, ids of the objects. */
export function payloadSelection(field: GraphQLField<unknown, unknown>): string {
  const type = getNamedType(field.type);
  if (!isObjectType(type)) return '';
  const parts = Object.values(type.getFields()).flatMap((inner) => {
    const target = getNamedType(inner.type);
    if (!isObjectType(target)) return [inner.name];
    const leaves = Object.values(target.getFields()).filter(
      (leaf) => isLeafType(getNamedType(leaf.type)) && leaf.args.length === 0,
    );
    return [`${inner.name} { ${leaves.length === 0 ? '__typename' : leaves.map(({ name }) => name).join(' ')} }`];
  });
  return parts.join(' ');
}

/** Of each kind of row one says as much as several. */
export const oneOfEach = <Row extends { table: string }>(rows: readonly Row[]): Row[] =>
  [...Map.groupBy(rows, ({ table }) => table).values()].flatMap((some) => some.slice(0, 1));

/** One way to call a root field, as text, with the id that it names. */
export type Call = { args: string; id: string | null };

/** Holds each verb in the client's account, which a partner that may read does not. */
export const ACTION = 'TRACKERS:WRITE';

export const byId = (field: GraphQLField<unknown, unknown>, id: string): Call => ({
  args: `(${idArguments(field)
    .map(({ name }) => `${name}: "${id}"`)
    .join(', ')})`,
  id,
});
