import type { Log } from '@comptoir/shared/process/log.ts';
import type { Subgraph } from '@comptoir/shared/protocol/subgraph.ts';

/**
 * What the gateway refused somebody whom it knows: identity keeps it in the audit trail, under the decision id that
 * they were given.
 */
export type Denial = {
  decisionId: string;
  code: string;
  rule: string | null;
  /** Null for a key that is the account's own. */
  userId: string | null;
  keyId: string | null;
  sessionId: string | null;
  accountId: string | null;
  address: string | null;
  requestId: string;
};

const RECORD = /* GraphQL */ `
  mutation Denial($input: InternalDenialRecordInput!) {
    internalDenialRecord(input: $input) { recorded }
  }
`;

/** More at once than that are not recorded: anyone who knocks so often is told no all the same. */
const MAX_AT_ONCE = 20;

/** Records denials behind the answer, which does not wait for it. One that cannot be recorded is logged. */
export function createDenials(identity: Subgraph, log: Log): (denial: Denial) => void {
  let underWay = 0;
  return (denial) => {
    if (underWay >= MAX_AT_ONCE) return void log.warn({ decisionId: denial.decisionId }, 'too many denials to record');
    underWay += 1;
    const gateway = { kind: 'SERVICE', service: 'gateway', requestId: denial.requestId, address: null } as const;
    identity
      .execute({ query: RECORD, variables: { input: denial } }, gateway)
      .then(({ errors }) => {
        if (errors !== undefined) log.warn({ errors, decisionId: denial.decisionId }, 'a denial could not be recorded');
      })
      .catch((error: unknown) => log.warn({ err: error }, 'a denial could not be recorded'))
      .finally(() => {
        underWay -= 1;
      });
  };
}
