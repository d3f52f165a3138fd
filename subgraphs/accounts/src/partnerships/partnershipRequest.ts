import { byItsId } from '@comptoir/shared/operations/idempotency.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { isLines } from '@comptoir/shared/values/text.ts';
import { newId, readId } from '@comptoir/shared/values/uuid.ts';
import { areaText, readGrants } from '@comptoir/shared/viewer/areas.ts';
import { isStaff, type PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { MutationResolvers, PartnershipRequestInput } from '../../generated/graphql.ts';
import { NOT_A_PARTNER } from '../accounts/account.ts';
import { isProvider, lockAccount } from '../accounts/accountStore.ts';
import { onceForKey } from '../base/idempotency.ts';
import type { SubgraphContext } from '../context.ts';
import { addRequest, findCurrent, tell } from './partnershipStore.ts';
import type { PartnershipRow } from './partnershipTables.ts';

const MAX_MESSAGE_LENGTH = 1_000;

export const partnershipRequest: MutationResolvers['partnershipRequest'] = async (_root, { input }, ctx) => {
  const intention = { mutation: 'partnershipRequest', input };
  const partnership = await onceForKey(ctx, intention, byItsId(ctx.loaders.partnership), (once) =>
    ctx.write((tx) => once(tx, () => request(tx, input, ctx))),
  );
  return partnership instanceof Refusal
    ? { partnership: null, userErrors: [partnership] }
    : { partnership, userErrors: [] };
};

async function request(tx: EntityManager, input: PartnershipRequestInput, ctx: SubgraphContext) {
  const viewer = ctx.viewer as PersonViewer;
  const partnerId = input.partnerId != null && isStaff(viewer) ? readId(input.partnerId) : viewer.accountId;
  const partner = partnerId === null ? null : await lockAccount(tx, partnerId);
  if (partner === null || partner.kind !== 'PARTNER') return new Refusal('NOT_A_PARTNER', NOT_A_PARTNER, null, 'U07');

  const areas = readGrants(input.areas);
  if (areas === null)
    return new Refusal('AREAS_NOT_READABLE', 'Name at least one area, each once.', ['input', 'areas']);
  const message = input.message?.trim() || null;
  if (message !== null && !isLines(message)) {
    const unreadable = 'Write it without control characters, such as NUL.';
    return new Refusal('MESSAGE_NOT_READABLE', unreadable, ['input', 'message']);
  }
  if (message !== null && message.length > MAX_MESSAGE_LENGTH) {
    return new Refusal('MESSAGE_TOO_LONG', `Write at most ${MAX_MESSAGE_LENGTH} characters.`, ['input', 'message']);
  }
  const clientId = readId(input.clientId);
  if (clientId === null) return new Refusal('CLIENT_NOT_READABLE', 'That is no account id.', ['input', 'clientId']);
  if (clientId === partner.id)
    return new Refusal('CLIENT_IS_YOURSELF', 'An account cannot be its own partner.', ['input', 'clientId']);
  if (await isProvider(tx, clientId))
    return new Refusal('CLIENT_IS_PROVIDER', 'The provider is nobody’s client.', ['input', 'clientId'], 'U05');

  // The lock on the partner's row makes requests of one partner wait for each other, so that what is found here stays
  // true.
  const current = await findCurrent(tx, partner.id, clientId);
  if (current?.status === 'ACTIVE') {
    return new Refusal('ALREADY_ATTACHED', 'This client is attached already.', ['input', 'clientId'], 'U05');
  }
  if (current !== null) return current;

  const partnership: PartnershipRow = {
    id: newId(),
    partnerId: partner.id,
    clientId,
    status: 'REQUESTED',
    askedAreas: areas.map(areaText),
    grantedAreas: [],
    message,
    secondFactorRequired: false,
    requestedBy: viewer.userId,
    requestedAt: ctx.now,
    answeredBy: null,
    answeredAt: null,
    endedBy: null,
    endedAt: null,
  };
  await addRequest(tx, partnership);
  // Queued for an account that no one has, too: the job finds no one to tell.
  await tell(tx, clientId, 'PARTNERSHIP_REQUESTED', partnership);
  return partnership;
}
