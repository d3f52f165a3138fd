import { badInput } from '@comptoir/shared/protocol/errors.ts';
import { connection, readPage } from '@comptoir/shared/protocol/pagination.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import { isStaff, type Viewer } from '@comptoir/shared/viewer/viewer.ts';
import type { AccountResolvers, CreditMovementResolvers } from '../../../generated/graphql.ts';
import { mayKnowDoer } from '../../base/scope.ts';
import { isCreditKind } from '../ledger/kinds.ts';
import { type MovedLot, type CreditMovement as Movement, movementKey } from './movementStore.ts';

export const AccountMovements: Pick<AccountResolvers, 'creditMovements'> = {
  creditMovements: async ({ id }, { kind = null, ...args }, { loaders }) => {
    const page = readPage(args, ['instant', 'id']);
    if (kind !== null && !isCreditKind(kind)) throw badInput('Money moves are shown by its billing profile.', ['kind']);
    const accountId = id === undefined ? null : readId(id);
    const rows = accountId === null ? [] : await loaders.movements(accountId, page, kind);
    return connection<Movement>(rows, page, (row) => [row.bookedAt.toISOString(), row.transactionId]);
  },
};

/**
 * Who did it, as far as the viewer may know: of an allocation one of the people of who gave it, of what was taken back
 * of who took it.
 */
function doerOf({ type, accountId, cause }: Movement, viewer: Viewer): string | undefined {
  const { by, grantedBy, fromAccountId, toAccountId } = cause;
  const acting = type === 'ALLOCATE' ? fromAccountId : type === 'TAKE_BACK' ? toAccountId : accountId;
  if (by === undefined) return isStaff(viewer) ? grantedBy : undefined;
  return mayKnowDoer(viewer, by, acting ?? null) ? by : undefined;
}

const account = (id: string | undefined): { id: string } | null => (id === undefined ? null : { id });

export const CreditMovement: CreditMovementResolvers = {
  credits: ({ credits }) => Number(credits),
  // Of what comes from us or is lost, the other side is no one; of an allocation both stand in its cause.
  from: ({ type, accountId, cause }) => account(type === 'EXPIRE' ? accountId : cause.fromAccountId),
  to: ({ type, accountId, cause }) =>
    type === 'EXPIRE' ? null : account(cause.fromAccountId === undefined ? accountId : cause.toAccountId),
  by: (movement, _args, { viewer }) => account(doerOf(movement, viewer)),
  lots: async (movement, args, { loaders }) => {
    const page = readPage(args, ['id']);
    const rows = await loaders.movedLots(movementKey(movement), page, null);
    return connection<MovedLot>(rows, page, ({ id }) => [id]);
  },
};
