import { createRequire } from 'node:module';

/**
 * graphql-shield's ESM build imports a function that Node 23 removed, and mixing its CommonJS build with the ESM build
 * of graphql-middleware fails ("Type generator exists in middleware"). So both come through one `require`, here and
 * nowhere else.
 */
const require = createRequire(import.meta.url);

export const { shield, rule, and } = require('graphql-shield') as typeof import('graphql-shield');
export const { applyMiddlewareToDeclaredResolvers } =
  require('graphql-middleware') as typeof import('graphql-middleware');
