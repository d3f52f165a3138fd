import { env } from 'node:process';
import { ApolloGateway, type GatewayConfig } from '@apollo/gateway';
import { ownTurn } from '@comptoir/shared/concurrency/ownTurn.ts';
import { isSpent } from '@comptoir/shared/protocol/answerBudget.ts';
import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';
import { type DocumentNode, GraphQLError, type GraphQLSchema, type ValidationRule, validate } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { GatewayContext } from '../context.ts';
import type { ExecutorName } from '../env.ts';
import { MAX_ANSWER_BYTES } from '../operation/limits.ts';
import { fragmentsOf } from '../operation/opened.ts';
import { createSupergraphManager, type SupergraphManager } from '../supergraph/supergraphManager.ts';
import { type Asking, startAsking } from './asking.ts';
import { errorBytes, judge, tooLarge } from './judge.ts';
import { reservedNames } from './names.ts';
import { execute } from './ourExecutor.ts';
import { createPlanner, type Judged, judgeScalars, type Planned, type Planner } from './planner.ts';
import { createPlanThread } from './planThread.ts';
import { withoutSpreads } from './spreads.ts';
import { sentLength } from './steps.ts';
import { Written } from './written.ts';

// Read when a gateway is made: without it Apollo's looks for the cloud that it runs in, and tells its vendor.
env.APOLLO_TELEMETRY_DISABLED = '1';

export type PlanGatewayOptions = {
  executor?: ExecutorName | undefined;
  /** Within which a query is answered, however many subgraphs it needs one after the other. */
  queryMs?: number | undefined;
  /** Most of an answer. */
  answerBytes?: number | undefined;
  /** Heap for plans that are kept. */
  keptBytes?: number | undefined;
  logger?: GatewayConfig['logger'] | undefined;
};

/**
 * Heap for plans that are kept, in bytes. Measured: a small one takes 10 kB, larger ones 100 to 250 bytes per character
 * of their text, and each of their shapes 50 per character of what is sent for them, fragments opened.
 */
const KEPT = 50_000_000;
const sizeOf = (source: string, planned: Planned | null): number =>
  10_000 + 200 * source.length + (planned === null ? 0 : 50 * planned.shapesKept * sentLength(planned.step));

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** All that belongs to one supergraph. Kept for as long as requests that began with it. */
type Served = {
  planner: Planner;
  plans: LRUCache<string, Judged | Planned>;
  /** Those that are being made: of many callers who need one, the first makes it for all. */
  making: Map<string, Promise<Judged | Planned>>;
  names: ValidationRule;
  /** Documents that `names` has looked at. */
  named: WeakSet<DocumentNode>;
};

type Request = Parameters<ApolloGateway['executor']>[0];
type Result = Awaited<ReturnType<ApolloGateway['executor']>>;

/**
 * `@apollo/gateway` as it is, with a supergraph that can be renewed while it serves; plans by its planner are carried
 * out by us, unless `executor` is `apollo`. Variables, limits and deadlines stand before both. A subgraph's errors come
 * with its name as `serviceName`.
 */
export class PlanGateway extends ApolloGateway {
  readonly #manager: SupergraphManager;
  readonly #subgraphs: Readonly<Record<string, Subgraph>>;
  readonly #options: PlanGatewayOptions;
  readonly #asking: WeakMap<object, Asking>;
  readonly #thread = createPlanThread();
  /**
   * By the schema that documents are validated against, so that an update cannot come between a document and its plan.
   */
  readonly #served = new WeakMap<GraphQLSchema, Served>();
  #latest: Served | null = null;
  #supergraph: string | null = null;
  readonly #apollos: ApolloGateway['executor'];

  constructor(supergraph: string, subgraphs: Readonly<Record<string, Subgraph>>, options: PlanGatewayOptions = {}) {
    const manager = createSupergraphManager(supergraph, new Set(Object.keys(subgraphs)));
    const asking = new WeakMap<object, Asking>();
    super({
      supergraphSdl: manager,
      validateSupergraph: true,
      __exposeQueryPlanExperimental: false,
      logger: options.logger ?? silent,
      buildService: ({ name }) => ({
        async process({ request: { query = '', variables, operationName }, context }) {
          const { ask, budget } = asking.get(context) as Asking;
          return (await ask(name, { query, variables, operationName, budget })) as never;
        },
      }),
    });
    this.#manager = manager;
    this.#subgraphs = subgraphs;
    this.#options = options;
    this.#asking = asking;
    this.#apollos = this.executor;
    this.executor = (request) => this.#execute(request);
    this.onSchemaLoadOrUpdate(({ apiSchema, coreSupergraphSdl }) => this.#serve(apiSchema, coreSupergraphSdl));
  }

  async #execute(request: Request): Promise<Result> {
    const { schema, document, operation, context, source } = request;
    const { executor = 'ours', queryMs = 60_000, answerBytes: maxBytes = MAX_ANSWER_BYTES } = this.#options;
    const { planner, plans, making, names, named } = this.#servedFor(schema);
    // Apollo keeps documents by what clients see of the graph. The names that are taken depend on more than that.
    const misnamed = named.has(document) ? [] : validate(schema, document, [names]);
    if (misnamed.length > 0) return { errors: misnamed };
    named.add(document);

    const known = async <Kept extends Judged | Planned>(
      kind: string,
      make: () => Kept | Promise<Kept>,
    ): Promise<Kept> => {
      const key = [request.queryHash, request.operationName ?? '', kind].join(' ');
      const kept = plans.get(key) ?? making.get(key);
      if (kept !== undefined) return (await kept) as Kept;
      const begin = async (): Promise<Kept> => {
        // Reading a large document took a while, and planning it takes as long: others have a turn in between.
        await ownTurn();
        const made = await make();
        plans.set(key, made, { size: sizeOf(source, 'step' in made ? made : null) });
        return made;
      };
      const begun = begin().finally(() => making.delete(key));
      making.set(key, begun);
      return await begun;
    };
    const variables = request.request.variables ?? {};
    const verdict = judge(
      schema,
      operation,
      await known('judged', () => planner.judge(document, operation)),
      variables,
    );
    if (verdict.refused !== null) return { errors: verdict.refused };

    const asking = startAsking(this.#subgraphs, (context as GatewayContext).viewer, operation.operation, {
      queryMs,
      maxBytes,
    });
    try {
      if (executor === 'apollo') return await this.#executeByApollo(request, verdict.nulls, asking);
      const { nulls, coerced } = verdict;
      const planned = await known(`plan ${nulls.join(' ')}`, () => planner.plan(document, operation, nulls));
      return await execute(schema, planned, variables, coerced, asking);
    } finally {
      asking.end();
    }
  }

  /** Serves another supergraph from now on. Throws for one that cannot be served; the old one goes on. */
  update(supergraph: string): void {
    const before = this.#supergraph;
    try {
      this.#manager.update(supergraph);
      // Apollo takes a graph for served even if what is to be made of it could not be made.
      if (this.#supergraph !== supergraph) throw new Error('The supergraph cannot be served.');
    } catch (error) {
      if (before !== null) this.#manager.update(before);
      throw error;
    }
  }

  /** Refuses aliases with which an answer would be wrong, by the supergraph that the document is validated against. */
  readonly names: ValidationRule = (context) => {
    const { names, named } = this.#servedFor(context.getSchema());
    // One that is refused is never executed.
    named.add(context.getDocument());
    return names(context);
  };

  /** Bytes of heap that the plans take that are kept, about. */
  readonly held = (): number => this.#latest?.plans.calculatedSize ?? 0;

  /** Throws for a supergraph that cannot be served: of what a listener throws Apollo only logs. */
  override async load(...given: Parameters<ApolloGateway['load']>): ReturnType<ApolloGateway['load']> {
    const loaded = await super.load(...given);
    if (this.#latest === null) throw new Error('The supergraph cannot be served.');
    return loaded;
  }

  override async stop(): Promise<void> {
    await super.stop();
    await this.#thread.close();
  }

  #serve(apiSchema: GraphQLSchema, supergraph: string): void {
    judgeScalars(apiSchema);
    // Of what is public the only way to the planner. A second one would take as long, and as much memory, again.
    const { queryPlanner } = this.__testing();
    if (queryPlanner === undefined) throw new Error('The gateway has no planner.');
    const { keptBytes: maxSize = KEPT } = this.#options;
    this.#latest = {
      planner: createPlanner(queryPlanner, apiSchema, (document) => this.#thread.plan({ supergraph, document })),
      plans: new LRUCache({ maxSize }),
      making: new Map(),
      names: reservedNames(supergraph),
      named: new WeakSet(),
    };
    this.#served.set(apiSchema, this.#latest);
    this.#supergraph = supergraph;
  }

  #servedFor(schema: GraphQLSchema): Served {
    const served = this.#served.get(schema);
    if (served === undefined)
      throw new Error('The document was validated against a schema that this gateway never had.');
    return served;
  }

  async #executeByApollo(request: Request, nulls: readonly string[], asking: Asking): Promise<Result> {
    const { schema, document, operation, context } = request;
    // A subgraph would call it our mistake: Apollo sends on what we leave out.
    if (nulls.length > 0) return { errors: nulls.map(nullNotAllowed) };
    // It plans by its latest schema, whatever the document was validated against.
    if (schema !== this.schema) return { errors: [changedMeanwhile()] };
    this.#asking.set(context, asking);
    const opened = withoutSpreads(operation, fragmentsOf(document));
    const { data, errors = [] } = await this.#apollos({ ...request, document: opened });
    if (isSpent(asking.budget)) return tooLarge(operation, asking.maxBytes);
    if (data === null || data === undefined) return errors.length === 0 ? { data } : { data, errors };
    const text = Buffer.from(JSON.stringify(data));
    if (text.length + errorBytes(errors) > asking.maxBytes) return tooLarge(operation, asking.maxBytes);
    const whole = { data: new Written([text]) as unknown as Record<string, unknown> };
    return errors.length === 0 ? whole : { ...whole, errors };
  }
}

const nullNotAllowed = (name: string): GraphQLError =>
  new GraphQLError(`The variable $${name} is null and stands where null may not be.`, {
    extensions: { code: 'BAD_USER_INPUT' },
  });

const changedMeanwhile = (): GraphQLError =>
  new GraphQLError('The graph changed while the operation was read. Send it again.', {
    extensions: { code: 'SERVICE_UNAVAILABLE' },
  });

export const planGateway = (
  supergraph: string,
  subgraphs: Readonly<Record<string, Subgraph>>,
  options: PlanGatewayOptions = {},
): PlanGateway => new PlanGateway(supergraph, subgraphs, options);
