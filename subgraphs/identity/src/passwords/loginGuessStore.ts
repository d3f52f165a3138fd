import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import { findLogin, type Login } from '../people/loginStore.ts';
import { countGuess, HOUR_MS, networkOf } from './loginGuess.ts';
import { KnownNetworkTable, LoginGuessTable, LoginLockTable } from './loginGuessTables.ts';

export type Guess = { email: string; emailHash: string; network: string; at: Date };
export type CountedGuess = { id: string; login: Login | null } | { lockedUntil: Date };

/**
 * Counts a guess before it is looked at, or says until when none is. The same statements for every e-mail, whether or
 * not it has a login. Guesses for one e-mail are counted one after the other. For the system role.
 */
export async function addGuess(tx: EntityManager, { email, emailHash, network, at }: Guess): Promise<CountedGuess> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [emailHash]);
  const login = await findLogin(tx, email);
  const [state] = await tx.query(
    `select coalesce(l.failures, 0) as failures, l.locked_until as "lockedUntil",
            array(select g.guessed_at from login_guess g where g.email_hash = $1 and g.guessed_at > $3 order by g.guessed_at) as "guessedAt",
            exists (select from known_network k where k.user_id = $4 and k.network = $2) as "knownNetwork"
     from (values (1)) as one left join login_lock l on l.email_hash = $1 and l.network = $2`,
    [emailHash, network, new Date(at.getTime() - HOUR_MS), login?.userId ?? null],
  );
  const counted = countGuess(state, at);
  if (!counted.looked) return { lockedUntil: counted.until };

  const id = newId();
  await tx.insert(LoginGuessTable, { id, emailHash, guessedAt: at });
  const { failures, lockedUntil } = counted;
  const lock = { emailHash, network, failures, lockedUntil, touchedAt: at };
  await tx.upsert(LoginLockTable, lock, ['emailHash', 'network']);
  return { id, login };
}

/** The password was right: the guess was none, and the count of wrong ones begins anew (A47). */
export async function forgiveGuess(tx: EntityManager, id: string, { emailHash, network }: Guess): Promise<void> {
  await tx.delete(LoginGuessTable, { id });
  await tx.delete(LoginLockTable, { emailHash, network });
}

/** Somebody got in with all that it takes: the count of wrong ones begins anew (A47). */
export async function forgetGuesses(
  tx: EntityManager,
  { emailHash, network }: Pick<Guess, 'emailHash' | 'network'>,
): Promise<void> {
  await tx.delete(LoginLockTable, { emailHash, network });
}

/** The password was not looked at after all: only this guess is taken back. */
export async function takeBackGuess(tx: EntityManager, id: string, { emailHash, network }: Guess): Promise<void> {
  await tx.delete(LoginGuessTable, { id });
  await tx.query(
    'update login_lock set failures = greatest(failures - 1, 0), locked_until = null where email_hash = $1 and network = $2',
    [emailHash, network],
  );
}

/** A person got in from this address: strangers who use up the guesses of the hour do not keep them out there. */
export async function rememberNetwork(
  tx: EntityManager,
  userId: string,
  address: string | null,
  at: Date,
): Promise<void> {
  if (address === null) return;
  await tx.upsert(KnownNetworkTable, { userId, network: networkOf(address), lastAt: at }, ['userId', 'network']);
}
