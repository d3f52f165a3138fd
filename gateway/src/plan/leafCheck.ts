import { type GraphQLOutputType, getNamedType, isEnumType } from 'graphql';

/** Whether a value is one that a client may see of a scalar or an enum. */
export function leafCheck(type: GraphQLOutputType): (value: unknown) => boolean {
  if (isEnumType(type)) {
    const names = new Set(type.getValues().map(({ name }) => name));
    return (value) => typeof value === 'string' && names.has(value);
  }
  switch (getNamedType(type).name) {
    case 'String':
      return (value) => typeof value === 'string';
    case 'ID':
      return (value) => typeof value === 'string' || Number.isInteger(value);
    case 'Boolean':
      return (value) => typeof value === 'boolean';
    case 'Int':
      return (value) => Number.isInteger(value) && Math.abs(value as number) <= 2 ** 31;
    case 'Float':
      return (value) => Number.isFinite(value);
    default:
      return (value) => value !== null && value !== undefined;
  }
}
