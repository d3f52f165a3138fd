import { addOwners } from '@comptoir/launch/seed/owners.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import globalSetup from '@comptoir/testing/globalSetup.ts';
import globalTeardown from '@comptoir/testing/globalTeardown.ts';
import { openTestInstallation, type TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { mannWhitney } from '../statistics/mannWhitney.ts';
import { spreadOf } from '../statistics/statistics.ts';

/**
 * Measures what GUARD promises by the clock, which a test cannot hold on a machine that others use: whether the time of
 * an answer tells who has a login, and how soon a revocation bites. The whole product in one process over HTTP on
 * loopback, its jobs running. `node infra/tools/src/guard/figures.ts [samples]`
 */
const SAMPLES = Number(process.argv[2] ?? 200);
const PASSWORD = 'correct horse battery staple';

const LOG_IN = `mutation ($input: SessionCreateInput!) { sessionCreate(input: $input) { session { accessToken sessionId } userErrors { code } } }`;
const RESET = `mutation ($input: PasswordResetRequestInput!) { passwordResetRequest(input: $input) { mailTo userErrors { code } } }`;
const SIGN_UP = `mutation ($input: SignUpInput!) { signUp(input: $input) { mailTo userErrors { code } } }`;
const INVITE = `mutation ($input: InvitationCreateInput!) { invitationCreate(input: $input) { invitation { id } userErrors { code } } }`;
const REVOKE = `mutation ($input: SessionRevokeInput!) { sessionRevoke(input: $input) { sessionId userErrors { code } } }`;

type Asking = (email: string) => Promise<unknown>;

const stranger = (): string => `${newId()}@example.org`;

/**
 * Times known and unknown e-mails in an order that is drawn anew, each e-mail once: no lock, no limit and no cache
 * tells them apart.
 */
async function compare(what: string, known: readonly string[], ask: Asking): Promise<void> {
  for (let warm = 0; warm < 20; warm += 1) await ask(stranger());
  const samples = known.flatMap((email) => [
    { email, known: true },
    { email: stranger(), known: false },
  ]);
  const order = samples.map((sample) => ({ sample, at: Math.random() })).sort((a, b) => a.at - b.at);
  const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
  const answers = new Set<string>();
  for (const { sample } of order) {
    const from = performance.now();
    const answer = await ask(sample.email);
    times[sample.known ? 'known' : 'unknown'].push(performance.now() - from);
    answers.add(
      JSON.stringify(answer)
        .replaceAll(sample.email, '…')
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'id'),
    );
  }
  const { z, p, effect } = mannWhitney(times.known, times.unknown);
  const ms = (values: number[]): string => spreadOf(values).median.toFixed(2);
  console.log(
    `${what.padEnd(12)} median known ${ms(times.known)} ms, unknown ${ms(times.unknown)} ms; n = ${times.known.length} + ${times.unknown.length}; ` +
      `Mann-Whitney z = ${z.toFixed(2)}, p = ${p.toFixed(3)}, P(known > unknown) = ${effect.toFixed(3)}; different answers: ${answers.size}`,
  );
}

/** The status and the body of an answer: both must be the same. */
const asker =
  (installation: TestInstallation, query: string, token: string | null = null) =>
  async (input: object): Promise<unknown> => {
    const { status, data, errors } = await installation.ask(query, { input }, token);
    return { status, data, errors: errors?.map(({ message }) => message) };
  };

async function measureRevocation(installation: TestInstallation, email: string): Promise<void> {
  const logIn = async (): Promise<{ accessToken: string; sessionId: string }> =>
    (await installation.ask(LOG_IN, { input: { email, password: PASSWORD } })).data.sessionCreate.session;
  const own = await logIn();
  const times: number[] = [];
  for (let round = 0; round < 30; round += 1) {
    const other = await logIn();
    await installation.ask('{ viewer { user { id } } }', {}, other.accessToken);
    await installation.ask(REVOKE, { input: { sessionId: other.sessionId } }, own.accessToken);
    const from = performance.now();
    while ((await installation.ask('{ viewer { user { id } } }', {}, other.accessToken)).status === 200);
    times.push(performance.now() - from);
  }
  const { median, max } = spreadOf(times);
  console.log(
    `revocation   of a session in use bites after ${median.toFixed(0)} ms (median), ${max.toFixed(0)} ms at most; 30 rounds`,
  );
}

await globalSetup();
const installation = await openTestInstallation();
try {
  const known = Array.from({ length: SAMPLES }, stranger);
  await addOwners(
    installation.systemUrls.identity,
    PASSWORD,
    known.map((email) => ({ email, displayName: 'Somebody', accountId: newId(), role: 'OWNER' as const })),
  );
  const logIn = asker(installation, LOG_IN);
  await compare('log-in', known, (email) => logIn({ email, password: 'not the password' }));
  const reset = asker(installation, RESET);
  await compare('reset', known, (email) => reset({ email }));
  const signUp = asker(installation, SIGN_UP);
  await compare('sign-up', known, (email) => signUp({ email, accountName: 'Somebody', language: 'EN' }));

  const inviter = stranger();
  await addOwners(installation.systemUrls.identity, PASSWORD, [
    { email: inviter, displayName: 'Inviter', accountId: newId(), role: 'OWNER' },
  ]);
  const { data } = await installation.ask(LOG_IN, { input: { email: inviter, password: PASSWORD } });
  const invite = asker(installation, INVITE, data.sessionCreate.session.accessToken);
  await compare('invitation', known, (email) =>
    invite({ email, role: 'MEMBER', areas: [{ area: 'TRACKERS', verb: 'READ' }] }),
  );
  await measureRevocation(installation, inviter);
} finally {
  await installation.stop();
  await globalTeardown();
}
