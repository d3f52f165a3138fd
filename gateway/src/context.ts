import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { Written } from './plan/written.ts';

/** What the log says about a request when it is over. Filled in on the way. */
export type Trace = {
  requestId: string;
  operation: string | null;
  viewer: Viewer['kind'] | null;
  /** `ok`, `partial`, or the code of the first error. */
  outcome: string;
};

/** One GraphQL request inside the gateway. */
export type GatewayContext = {
  viewer: Viewer;
  trace: Trace;
  /** Called when the request changed something, before it is answered. */
  changed: () => void;
  /** Filled in with the data once they are made: `textOf` leaves them out. */
  answer: { written: Written | null };
};
