import { newId } from '@comptoir/shared/values/uuid.ts';
import type { EntityManager } from 'typeorm';
import { findLogin, type Login } from '../people/loginStore.ts';
import { countGuess, HOUR_MS, networkOf } from './loginGuess.ts';

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
  await tx.query('insert into login_guess (id, email_hash, guessed_at) values ($1, $2, $3)', [id, emailHash, at]);
  await tx.query(
    `insert into login_lock (email_hash, network, failures, locked_until, touched_at) values ($1, $2, $3, $4, $5)
     on conflict (email_hash, network) do update
       set failures = excluded.failures, locked_until = excluded.locked_until, touched_at = excluded.touched_at`,
    [emailHash, network, counted.failures, counted.lockedUntil, at],
  );
  return { id, login };
}

/** The password was right: the guess was none, and the count of wrong ones begins anew (A47). */
export async function forgiveGuess(tx: EntityManager, id: string, { emailHash, network }: Guess): Promise<void> {
  await tx.query('delete from login_guess where id = $1', [id]);
  await tx.query('delete from login_lock where email_hash = $1 and network = $2', [emailHash, network]);
}

/** Somebody got in with all that it takes: the count of wrong ones begins anew (A47). */
export async function forgetGuesses(
  tx: EntityManager,
  { emailHash, network }: Pick<Guess, 'emailHash' | 'network'>,
): Promise<void> {
  await tx.query('delete from login_lock where email_hash = $1 and network = $2', [emailHash, network]);
}

/** The password was not looked at after all: only this guess is taken back. */
export async function takeBackGuess(tx: EntityManager, id: string, { emailHash, network }: Guess): Promise<void> {
  await tx.query('delete from login_guess where id = $1', [id]);
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
  await tx.query(
    `insert into known_network (user_id, network, last_at) values ($1, $2, $3)
     on conflict (user_id, network) do update set last_at = excluded.last_at`,
    [userId, networkOf(address), at],
  );
}
