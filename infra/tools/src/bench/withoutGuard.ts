import { registerHooks } from 'node:module';

/**
 * Loaded before a process of the bench (`--import`): where a subgraph is put together, the shield is replaced by a
 * function that returns the schema as it is. Done from outside, so that the product has no switch that takes it away.
 */
registerHooks({
  resolve(specifier, context, next) {
    const replaces = /\/guard\.ts$/.test(specifier) && context.parentURL?.endsWith('/localSubgraph.ts') === true;
    return next(replaces ? new URL('./noGuard.ts', import.meta.url).href : specifier, context);
  },
});
