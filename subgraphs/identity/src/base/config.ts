import type { Clock } from '@comptoir/shared/values/clock.ts';
import type { JWK } from 'jose';

/** What identity is told from outside. */
export type IdentityConfig = {
  /** The private Ed25519 key that signs access tokens. */
  signingKey: JWK;
  /**
   * At least 32 characters. Derives refresh tokens from one another and hides e-mails in the tables of log-in guesses.
   */
  refreshSecret: string;
  /**
   * Where people reach the gateway: the host of every link in a mail, never taken from a request. No slash at the end.
   */
  publicUrl: string;
  mail: { smtpUrl: string; from: string };
  /**
   * The file outside the database to which the heads of the sealed trail are appended; left out, none is kept, and a
   * tail that is cut off cannot be missed.
   */
  trailHeads?: string | undefined;
  /** Real time, in which tokens, links and locks live; only tests give another than the machine's. */
  realTime?: Clock;
};

/** The instant by real time. */
export const realNow = ({ realTime }: IdentityConfig): Date => realTime?.now() ?? new Date();
