import type { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { EntityManager } from 'typeorm';
import { refusesAddress } from '../people/doors.ts';
import { accountCancelled } from './loginAs.ts';
import { findLoginAsLists, findOwnLoginAs, touchLoginAsSession } from './loginAsStore.ts';
import type { LoginAsRow } from './loginAsTables.ts';

type Continued = { sessionId: string; loginAs: LoginAsRow };

/**
 * The one way to a further token of a log-in-as, no matter who asks for it: its session when it goes on, was started by
 * that person, and every list admits the address (G11). OVER when it is somebody else's or does not go on. For the
 * system role.
 */
export async function continueLoginAs(
  tx: EntityManager,
  of: { loginAsId: string; userId: string; at: Date },
  { address, field }: { address: string | null; field: string[] },
): Promise<Continued | 'OVER' | Refusal<'ADDRESS_NOT_ALLOWED' | 'ACCOUNT_CANCELLED'>> {
  const lists = await findLoginAsLists(tx, of);
  const outside = lists && refusesAddress(lists, address, null);
  if (outside !== null) return outside;
  const open = lists && (await touchLoginAsSession(tx, of));
  if (open !== null) return open;
  const over = await findOwnLoginAs(tx, of.loginAsId, of.userId);
  return over?.accountCancelled === true ? accountCancelled(field) : 'OVER';
}
