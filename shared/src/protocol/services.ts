import type { SubgraphName } from '../values/subgraphs.ts';
import { newId } from '../values/uuid.ts';
import type { ServiceViewer } from '../viewer/viewer.ts';
import type { Subgraph } from './subgraph.ts';

/**
 * Calls an internal operation of another subgraph and gives its data, or throws: a caller that must succeed retries as
 * a job.
 */
export type CallService = <T>(
  to: SubgraphName,
  query: string,
  variables: Record<string, unknown>,
  requestId?: string,
) => Promise<T>;

/**
 * The subgraphs of the installation as this process reaches them: as objects or over HTTP. Filled in before anything is
 * served.
 */
export type Services = Partial<Record<SubgraphName, Subgraph>>;

/** An internal call that was answered with errors. `code` is that of the first. */
export class ServiceCallError extends Error {
  readonly code: string;
  constructor(to: string, code: string, message: string) {
    super(`${to} answered ${code}: ${message}`);
    this.code = code;
  }
}

/** Makes the caller of one service. Time-outs are the business of the `Subgraph` that is called. */
export function createCallService(from: SubgraphName, services: Services): CallService {
  return async <T>(
    to: SubgraphName,
    query: string,
    variables: Record<string, unknown>,
    requestId = newId(),
  ): Promise<T> => {
    const target = services[to];
    if (target === undefined) throw new ServiceCallError(to, 'SERVICE_UNAVAILABLE', 'it is not known in this process');
    const viewer: ServiceViewer = { kind: 'SERVICE', service: from, requestId, address: null };
    const { data, errors } = await target.execute({ query, variables }, viewer);
    const first = errors?.[0];
    if (first !== undefined) throw new ServiceCallError(to, first.extensions.code, first.message);
    return data as T;
  };
}
