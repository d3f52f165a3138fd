import { GraphQLError, type GraphQLSchema } from 'graphql';

/** Rows that one operation may ask a subgraph for by their keys. The gateway asks for more in several operations. */
export const MAX_REPRESENTATIONS = 1_000;

/** Makes `_entities` refuse more than that, all its aliases together, before any of them is looked at. */
export function boundEntities(schema: GraphQLSchema): void {
  const field = schema.getQueryType()?.getFields()['_entities'];
  const resolve = field?.resolve;
  if (field === undefined || resolve === undefined) return;
  const asked = new WeakMap<object, number>();
  field.resolve = (source, args, context, info) => {
    const { representations } = args as { representations: readonly unknown[] };
    const sum = (asked.get(info.variableValues) ?? 0) + representations.length;
    asked.set(info.variableValues, sum);
    if (sum > MAX_REPRESENTATIONS)
      throw new GraphQLError(`Ask for at most ${MAX_REPRESENTATIONS} rows by their keys.`, {
        extensions: { code: 'TOO_MANY_REPRESENTATIONS', limit: MAX_REPRESENTATIONS },
      });
    return resolve(source, args, context, info);
  };
}
