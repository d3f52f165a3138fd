import type { SubgraphName } from '../values/subgraphs.ts';
import type { Viewer } from '../viewer/viewer.ts';
import type { AnswerBudget } from './answerBudget.ts';

/** One GraphQL operation for one subgraph, as the gateway or another service sends it. */
export type SubgraphRequest = {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string | null;
  /**
   * What its answer may take, counted down while it is made and read; ANSWER_TOO_LARGE when it is spent. Unbounded if
   * left out.
   */
  budget?: AnswerBudget;
};

/** An error as it leaves a subgraph: already shaped and masked, safe to show. */
export type WireError = {
  message: string;
  path?: readonly (string | number)[];
  extensions: { code: string } & Record<string, unknown>;
};

export type SubgraphResponse = { data?: Record<string, unknown> | null; errors?: WireError[] };

/**
 * A running subgraph, wherever it runs. `execute` never throws for what the request contains: bad documents, denials
 * and bugs all come back in `errors`. Over HTTP and in process it answers alike.
 */
export type Subgraph = {
  name: SubgraphName;
  execute(request: SubgraphRequest, viewer: Viewer): Promise<SubgraphResponse>;
};

/** A subgraph that runs in this process, with what its owner needs to serve and to stop it. */
export type LocalSubgraph = Subgraph & {
  /** The subgraph's own SDL, with federation directives: what composition reads. */
  sdl: string;
  /** Resolves when the database answers; throws with a reason otherwise. */
  ready(): Promise<void>;
  /**
   * Starts the workers of this subgraph's jobs. Called once, after every subgraph of the installation can be called.
   */
  startJobs(): Promise<void>;
  /** Stops workers, waits for running operations, closes the pools. Safe to call twice. */
  stop(): Promise<void>;
};
