import {
  type GraphQLArgument,
  GraphQLBoolean,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';

/** Draws a whole number from 0 to below the limit. */
export type Draw = (below: number) => number;

export type RandomOperation = { query: string; variables: Record<string, unknown> };

const DEPTH = 6;
const FIELDS = 28;
/** Some of them are names that plain objects have, too. */
const ALIASES = ['x', 'y', 'constructor', 'toString', 'typename'];

/** What no one means, but anybody can send. */
const JUNK = [
  null,
  '',
  'x',
  '\0',
  '\ud800',
  -1,
  1.5,
  1e300,
  2 ** 53,
  true,
  [],
  {},
  [null],
  { id: null },
  'é'.repeat(300),
];
const SAMPLES: Record<string, unknown> = {
  DateTime: '2026-01-02T03:04:05Z',
  LocalDate: '2026-01-02',
  Decimal: '1.50',
  SafeInt: 5,
  Float: 1.5,
  JSON: { a: [1, null] },
};

/**
 * An operation on the schema with aliases, fragments, conditions and variables. Not always a valid one: names may be in
 * each other's way. A wild one has nulls and junk in the place of values, too.
 */
export function randomOperation(
  schema: GraphQLSchema,
  draw: Draw,
  kind: 'query' | 'mutation' = 'query',
  wild = false,
): RandomOperation {
  const pick = <T>(values: readonly T[]): T => values[draw(values.length)] as T;
  const fragments: string[] = [];
  const declared = new Map<string, { type: string; value: unknown }>();
  let left = FIELDS;

  function selections(type: GraphQLNamedType, depth: number): string {
    const parts = Array.from({ length: 1 + draw(depth === 0 ? 3 : 4) }, () => selection(type, depth));
    const kept = parts.filter((part) => part !== '');
    return `{ ${kept.length === 0 ? '__typename' : kept.join(' ')} }`;
  }

  function selection(type: GraphQLNamedType, depth: number): string {
    const chance = draw(10);
    if (chance === 0) return `__typename${condition()}`;
    if (chance <= 2 || !(isObjectType(type) || isInterfaceType(type))) return fragment(type, depth);
    const fields = Object.values(type.getFields()).filter(
      (field) => depth < DEPTH || !isCompositeType(getNamedType(field.type)),
    );
    return fields.length === 0 || left-- < 0 ? '' : fieldOf(pick(fields), depth);
  }

  function fieldOf(field: GraphQLField<unknown, unknown>, depth: number): string {
    const alias = draw(4) === 0 ? `${pick(ALIASES)}: ` : '';
    const named = getNamedType(field.type);
    const inner = isCompositeType(named) ? ` ${selections(named, depth + 1)}` : '';
    return `${alias}${field.name}${argumentsOf(field.args)}${condition()}${inner}`;
  }

  function fragment(type: GraphQLNamedType, depth: number): string {
    const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
    // Not on an interface of an object's type: there Apollo's gateway loses what a fragment within asks for.
    const on = pick([...possible, type]);
    if (draw(3) > 0) return `... on ${on.name}${condition()} ${selections(on, depth)}`;
    const name = `F${fragments.length}`;
    fragments.push('');
    fragments[Number(name.slice(1))] = `fragment ${name} on ${on.name} ${selections(on, depth)}`;
    return `...${name}${condition()} ${draw(3) === 0 ? `...${name}` : ''}`;
  }

  function condition(): string {
    const chance = draw(14);
    if (chance > 2) return '';
    const directive = chance === 0 ? 'skip' : 'include';
    return ` @${directive}(if: ${draw(4) === 0 ? draw(2) === 0 : variable(GraphQLBoolean, draw(2) === 0 ? 'Boolean! = true' : 'Boolean!')})`;
  }

  function argumentsOf(args: readonly GraphQLArgument[]): string {
    const given = args.filter(({ type }) => isNonNullType(type) || draw(2) === 0);
    if (given.length === 0) return '';
    return `(${given.map(({ name, type }) => `${name}: ${draw(2) === 0 ? literal(type) : variable(type, String(type))}`).join(', ')})`;
  }

  function value(type: GraphQLInputType, depth = 0): unknown {
    if (wild && draw(12) === 0) return pick(JUNK);
    const named = getNullableType(type);
    if (isListType(named)) return Array.from({ length: draw(3) }, () => value(named.ofType, depth + 1));
    if (isInputObjectType(named)) {
      const given = Object.values(named.getFields()).filter((field) =>
        isNonNullType(field.type) ? !wild || draw(20) > 0 : depth < 3 && draw(3) === 0,
      );
      return Object.fromEntries(given.map((field) => [field.name, value(field.type, depth + 1)]));
    }
    if (isEnumType(named)) return pick(named.getValues()).name;
    if (String(named) === 'Int') return draw(4);
    if (String(named) === 'Boolean') return draw(2) === 0;
    return SAMPLES[String(named)] ?? `b${draw(10)}`;
  }

  const literal = (type: GraphQLInputType): string => printed(value(type), type);

  function printed(given: unknown, type: GraphQLInputType | undefined): string {
    const named = type === undefined ? undefined : getNullableType(type);
    if (Array.isArray(given))
      return `[${given.map((item) => printed(item, isListType(named) ? named.ofType : undefined)).join(', ')}]`;
    if (typeof given === 'object' && given !== null) {
      const fields = isInputObjectType(named) ? named.getFields() : {};
      return `{ ${Object.entries(given)
        .map(([name, held]) => `${name}: ${printed(held, fields[name]?.type)}`)
        .join(', ')} }`;
    }
    const isName = isEnumType(named) && typeof given === 'string' && /^[A-Za-z_]+$/.test(given);
    return isName ? given : JSON.stringify(given);
  }

  function variable(type: GraphQLInputType, text: string): string {
    const name = `v${declared.size}`;
    const [base, fallback] = text.split(' = ') as [string, string | undefined];
    if (wild && draw(4) === 0) {
      // Nullable where it may not be null, which a default allows.
      declared.set(name, {
        type: `${base.replace(/!$/, '')} = ${literal(type)}`,
        value: pick([null, null, undefined]),
      });
      return `$${name}`;
    }
    // Left out where it may be: the default, or nothing, then stands.
    const given = (base.endsWith('!') && fallback === undefined) || draw(3) > 0;
    declared.set(name, { type: text, value: given ? value(type) : undefined });
    return `$${name}`;
  }

  const root = (kind === 'query' ? schema.getQueryType() : schema.getMutationType()) as GraphQLNamedType;
  const body = selections(root, 0);
  const definitions = [...declared].map(([name, { type }]) => `$${name}: ${type}`);
  const variables = Object.fromEntries(
    [...declared].flatMap(([name, { value }]) => (value === undefined ? [] : [[name, value]])),
  );
  return {
    query: `${kind} Random${definitions.length === 0 ? '' : `(${definitions.join(', ')})`} ${body}\n${fragments.join('\n')}`,
    variables,
  };
}
