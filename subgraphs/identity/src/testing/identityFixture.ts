import { openDatabase } from '@comptoir/shared/database/database.ts';
import { inTransaction, type Work } from '@comptoir/shared/database/transaction.ts';
import { createLog } from '@comptoir/shared/process/log.ts';
import type { Services } from '@comptoir/shared/protocol/services.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { AREAS, type AreaText } from '@comptoir/shared/viewer/areas.ts';
import type { Role } from '@comptoir/shared/viewer/roles.ts';
import type { PersonViewer, Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { type Mailbox, openMailbox } from '@comptoir/testing/mailbox.ts';
import { type SubgraphFixture, startSubgraph } from '@comptoir/testing/subgraphFixture.ts';
import { anonymous, personViewer } from '@comptoir/testing/viewers.ts';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { hashPassword } from '../passwords/passwordHash.ts';
import { createMembership, createPerson } from '../people/newPeople.ts';
import { identity } from '../schema.ts';
import { entities } from '../tables.ts';

export type Answer = any;

export const PASSWORD = 'correct horse battery';
export const EVERY_AREA = AREAS.map((area): AreaText => `${area}:WRITE`);
export const SESSION = `session { sessionId accessToken refreshToken refreshTokenExpiresAt membership { id accountId } memberships { id accountId accountName } }`;
export const LOG_IN = `mutation ($input: SessionCreateInput!) { sessionCreate(input: $input) {
  ${SESSION} retryAt userErrors { code message field rule } } }`;

export type IdentityFixture = SubgraphFixture & {
  mailbox: Mailbox;
  publicKey: JWK;
  /** Moves real time, as identity sees it, ahead. */
  pass(milliseconds: number): void;
  /** How far it was moved, in milliseconds. */
  ahead(): number;
  /** Moves the installation's clock ahead (N04). */
  advance(milliseconds: number): void;
  /** The one root field of an operation; fails on an error. */
  ask(query: string, input: Record<string, unknown> | null, viewer?: Viewer): Promise<Answer>;
  logIn(email: string, password?: string, more?: { address?: string; accountId?: string }): Promise<Answer>;
  /** An active person with `PASSWORD` in an account, and the viewer that they are. */
  person(of?: {
    email?: string;
    accountId?: string;
    role?: Role;
    areas?: AreaText[];
  }): Promise<PersonViewer & { email: string }>;
  /** A transaction under the second role, for what a test brings about by a store. */
  system<T>(work: Work<T>): Promise<T>;
  /** Makes a person that is there already a member of one more account. */
  join(userId: string, accountId: string): Promise<string>;
};

/**
 * Identity on a database of its own, with a real SMTP server to send to. Its jobs run only after
 * `subgraph.startJobs()`.
 */
export async function startIdentity(services: Services = {}): Promise<IdentityFixture> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const mailbox = await openMailbox();
  let ahead = 0;
  let clockAhead = 0;
  const fixture = await startSubgraph(
    identity({
      signingKey: await exportJWK(privateKey),
      refreshSecret: 'a secret that only this test run knows',
      publicUrl: 'https://comptoir.test',
      mail: { smtpUrl: mailbox.smtpUrl, from: 'Comptoir <no-reply@comptoir.test>' },
      realTime: { now: () => new Date(Date.now() + ahead) },
    }),
    { services, clock: { now: () => new Date(Date.now() + clockAhead) } },
  );
  const log = createLog('test', { level: 'fatal' });
  const database = await openDatabase({ url: fixture.systemUrl, name: 'identity test', entities, poolSize: 2, log });
  const system: IdentityFixture['system'] = async (work) => {
    const viewer = { kind: 'SERVICE', service: 'identity', requestId: newId(), address: null } as const;
    return await inTransaction(database, { viewer, now: new Date() }, work);
  };
  const passwordHash = await hashPassword(PASSWORD);

  const ask: IdentityFixture['ask'] = async (query, input, viewer = anonymous()) => {
    const { data, errors } = await fixture.execute(query, input === null ? {} : { input }, viewer);
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return Object.values(data ?? {})[0];
  };
  const join = (
    userId: string,
    accountId: string,
    role: Role = 'OWNER',
    areas: AreaText[] = EVERY_AREA,
  ): Promise<string> =>
    system((tx) =>
      createMembership(tx, {
        userId,
        accountId,
        type: 'CONTACT',
        role,
        areas,
        accountReady: true,
        createdAt: new Date(),
      }),
    );

  return {
    ...fixture,
    mailbox,
    publicKey: await exportJWK(publicKey),
    pass: (milliseconds) => {
      ahead += milliseconds;
    },
    ahead: () => ahead,
    advance: (milliseconds) => {
      clockAhead += milliseconds;
    },
    ask,
    system,
    logIn: (email, password = PASSWORD, { address = '127.0.0.1', accountId } = {}) =>
      insist(() => ask(LOG_IN, { email, password, accountId }, anonymous(address))),
    async person({ email = `${newId()}@example.org`, accountId = newId(), role = 'OWNER', areas = EVERY_AREA } = {}) {
      const createdAt = new Date();
      const userId = await system((tx) =>
        createPerson(tx, { email, language: 'EN', passwordHash, verified: true, createdAt }),
      );
      if (userId === null) throw new Error(`${email} has a login already.`);
      const membershipId = await join(userId, accountId, role, areas);
      const held = Object.fromEntries(areas.map((text) => text.split(':')));
      return { ...personViewer({ accountId, userId, membershipId, role, areas: held }), email };
    },
    join: (userId, accountId) => join(userId, accountId),
    async stop() {
      await database.destroy();
      await fixture.stop();
      await mailbox.stop();
    },
  };
}

/** As a client does it: again when there were too many at once, of which nothing was done. */
async function insist(work: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error as Error).message.includes('OVERLOADED')) throw error;
    }
  }
}

/** The token that a mail of ours carries. */
export const tokenIn = (text: string): string => /token=([\w-]{43})/.exec(text)?.[1] ?? '';
