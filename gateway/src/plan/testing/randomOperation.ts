import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInterfaceType,
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

/** An operation on the schema with aliases, fragments, conditions and variables. Not always a valid one: names may be in each other's way. */
export function randomOperation(
  schema: GraphQLSchema,
  draw: Draw,
  kind: 'query' | 'mutation' = 'query',
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
    return ` @${directive}(if: ${draw(4) === 0 ? draw(2) === 0 : variable(draw(2) === 0 ? 'Boolean! = true' : 'Boolean!')})`;
  }

  function argumentsOf(args: readonly GraphQLArgument[]): string {
    const given = args.filter(({ type }) => isNonNullType(type) || draw(2) === 0);
    if (given.length === 0) return '';
    return `(${given.map(({ name, type }) => `${name}: ${draw(2) === 0 ? literal(type) : variable(String(type))}`).join(', ')})`;
  }

  function value(type: GraphQLInputType): unknown {
    const named = getNullableType(type);
    if (isEnumType(named)) return pick(named.getValues()).name;
    if (String(named) === 'Int') return draw(4);
    if (String(named) === 'Boolean') return draw(2) === 0;
    return `b${draw(10)}`;
  }

  function literal(type: GraphQLInputType): string {
    return isEnumType(getNullableType(type)) ? String(value(type)) : JSON.stringify(value(type));
  }

  function variable(type: string): string {
    const name = `v${declared.size}`;
    const [base, fallback] = type.split(' = ') as [string, string | undefined];
    const named = schema.getType(base.replace('!', '')) as GraphQLInputType;
    // Left out where it may be: the default, or nothing, then stands.
    const given = (base.endsWith('!') && fallback === undefined) || draw(3) > 0;
    declared.set(name, { type, value: given ? value(named) : undefined });
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
