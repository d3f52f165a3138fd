import type { SubgraphName } from '@comptoir/shared/values/subgraphs.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { ALL_AREAS } from '@comptoir/shared/viewer/areas.ts';
import type { AnonymousViewer, PersonViewer, ServiceViewer } from '@comptoir/shared/viewer/viewer.ts';

/** An owner of the account, unless said otherwise. */
export function personViewer(of: Partial<PersonViewer> & { accountId: string }): PersonViewer {
  return {
    kind: 'PERSON',
    userId: newId(),
    membershipId: newId(),
    sessionId: newId(),
    role: 'OWNER',
    areas: ALL_AREAS,
    requestId: newId(),
    address: '127.0.0.1',
    networks: [],
    ...of,
  };
}

/** One of the provider's people. */
export const staffViewer = (accountId = newId()): PersonViewer => personViewer({ accountId, role: 'STAFF' });

export const serviceViewer = (service: SubgraphName | 'gateway'): ServiceViewer => ({
  kind: 'SERVICE',
  service,
  requestId: newId(),
  address: null,
});

export const anonymous = (address = '127.0.0.1'): AnonymousViewer => ({
  kind: 'ANONYMOUS',
  userId: null,
  sessionId: null,
  requestId: newId(),
  address,
});
