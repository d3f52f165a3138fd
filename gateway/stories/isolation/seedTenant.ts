import { must } from '@comptoir/launch/seed/execute.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { Answer, TestInstallation } from '@comptoir/testing/testInstallation.ts';
import { staffViewer } from '@comptoir/testing/viewers.ts';
import { Secret, TOTP } from 'otpauth';
import { attach, convertToPartner, openAccount } from '../fleet.ts';
import { done, PASSWORD } from '../people.ts';
import { REMOTE_NETWORK } from './leaks.ts';

/** What a side has of people and branches, by which inputs are made good. */
export type SeededPeople = {
  branchIds: [string, string];
  /** One in each of the two branches. */
  branchTrackerIds: [string, string];
  contactIds: [string, string];
  invitationId: string;
  /** The owner's, with a credit budget and an event to its account. */
  budgetKeyId: string;
};

/** A mutation with one input, as text. */
export const mutation = (field: string, selection: string): string => {
  const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input`;
  return `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} userErrors { code message } } }`;
};

/**
 * Two branches with a tracker, an event and a contact card each; access for one of the contacts, an invitation of the
 * partner's owner, a key with a budget.
 */
export async function seedPeople(installation: TestInstallation, token: string, name: string): Promise<SeededPeople> {
  const act = (field: string, selection: string, input: object, by = token): Promise<Answer['data']> =>
    done(installation, mutation(field, selection), input, by);
  const areas = [{ area: 'TRACKERS', verb: 'READ' }];
  const branchIds: string[] = [];
  const branchTrackerIds: string[] = [];
  const contactIds: string[] = [];
  const write = [{ area: 'TRACKERS', verb: 'WRITE' }];
  const key = await act('apiKeyCreate', 'apiKey { id } secret', {
    name: `${name} budget`,
    areas: write,
    creditBudget: 9,
  });
  for (const place of ['nord', 'sud']) {
    const { branch } = await act('branchCreate', 'branch { id }', { name: `${name} ${place}` });
    branchIds.push(branch.id);
    const { tracker } = await act('trackerCreate', 'tracker { id }', {
      kind: 'BUTTON',
      name: `${name} ${place}`,
      branchId: branch.id,
    });
    branchTrackerIds.push(tracker.id);
    await act('trackersActivate', '__typename', { trackerIds: [tracker.id] });
    const events = [{ eventId: `${name} ${place}`, trackerId: tracker.id, kind: 'PRESS' }];
    await act('eventsRecord', '__typename', { events }, key.secret);
    const { contact } = await act('contactCreate', 'contact { id }', {
      name: `${name} card`,
      type: 'MAIN',
      newsletter: false,
      title: `${name} title`,
      email: `card-${place}@${name}.example`,
      phone: `+33 ${name}`,
      mobile: `+33 ${name}`,
      note: `${name} note`,
      language: 'FR',
      branchId: branch.id,
    });
    contactIds.push(contact.id);
  }
  await act('partnerConversionRequest', 'conversion { id }', { message: `${name} conversion` });
  const given = await act('contactAccessGive', 'invitation { id }', { contactId: contactIds[0], areas });
  const guest = { email: `owner1@${name}.example`, role: 'MEMBER', areas, branchIds: [branchIds[0]] };
  await act('invitationCreate', 'invitation { id }', guest);
  return {
    branchIds: branchIds as [string, string],
    branchTrackerIds: branchTrackerIds as [string, string],
    contactIds: contactIds as [string, string],
    invitationId: given.invitation.id,
    budgetKeyId: key.apiKey.id,
  };
}

/**
 * What a person has under way: a second factor that is on, another e-mail that is not agreed yet; and staff that is
 * logged in as the account. Returns staff's token for it.
 */
export async function seedLogins(
  installation: TestInstallation,
  { token, accountId, name, staffToken }: { token: string; accountId: string; name: string; staffToken: string },
): Promise<string> {
  const input = { password: PASSWORD, newEmail: `new@${name}.example` };
  await done(installation, mutation('emailChange', 'mailTo'), input, token);
  const { secret } = await done(installation, mutation('totpEnroll', 'secret'), { password: PASSWORD }, token);
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
  await done(installation, mutation('totpConfirm', 'recoveryCodes'), { code }, token);
  const asked = { accountId, reason: `${name} reason`, minutes: 30 };
  const { tokens } = await done(installation, mutation('loginAsStart', 'tokens { accessToken }'), asked, staffToken);
  return tokens.accessToken;
}

/** A request of another partner, an offer that waits, network lists, credits that were given. */
export async function seed(installation: TestInstallation, owner: PersonViewer, name: string): Promise<void> {
  const { accounts, identity, trackers } = installation.subgraphs;
  const other: PersonViewer = { ...staffViewer(await openAccount(installation, `${name} other`)), role: 'OWNER' };
  const asking = { ...other, accountId: await openAccount(installation, `${name} asking`) };
  for (const { accountId } of [other, asking]) await convertToPartner(installation, accountId);
  await attach(installation, other, owner, [{ area: 'TRACKERS', verb: 'READ' }]);
  await must(
    accounts,
    'mutation ($input: PartnershipRequestInput!) { partnershipRequest(input: $input) { userErrors { message } } }',
    { input: { clientId: owner.accountId, areas: [{ area: 'SECURITY', verb: 'READ' }], message: `${name} message` } },
    asking,
  );
  const { tracker } = await must<{ tracker: { id: string } }>(
    trackers,
    'mutation ($input: TrackerCreateInput!) { trackerCreate(input: $input) { tracker { id } userErrors { message } } }',
    { input: { kind: 'BUTTON', name: `${name} tracker` } },
    owner,
  );
  await must(
    trackers,
    'mutation ($input: DelegationOfferInput!) { delegationOffer(input: $input) { userErrors { message } } }',
    { input: { partnerId: other.accountId, scope: 'SELECTED', trackerIds: [tracker.id] } },
    owner,
  );
  await must(
    identity,
    'mutation ($input: AccountNetworksSetInput!) { accountNetworksSet(input: $input) { userErrors { message } } }',
    { input: { networks: ['0.0.0.0/0', REMOTE_NETWORK] } },
    owner,
  );
  await must(
    installation.subgraphs.billing,
    'mutation ($input: CreditsGrantInput!) { creditsGrant(input: $input) { userErrors { message } } }',
    { input: { accountId: owner.accountId, kind: 'SMS', credits: 7, reason: 'TEST', idempotencyKey: newId() } },
    staffViewer(),
  );
}

/** Fields that hold nothing in this scene, each with the reason. */
export const EMPTY = [
  'Viewer.apiKey', // of keys only, and the key's own test reads it
  'LedgerCheck.problems', // the books are sound
  'LedgerProblem.check',
  'LedgerProblem.detail',
  'ApiKey.accounts', // of keys that are kept to some: `limits.story.test.ts`
  'Membership.networks', // lists that are empty: no limit
  'ApiKey.networks',
];

/** What names an account by another word. */
const ACCOUNTS = ['account', 'client', 'partner', 'payer', 'holder', 'earmark', 'allocator'];

/**
 * Of the rows those that a place could be about by its name, `input.profileId` billing profiles, and one that it cannot
 * be about; all where the name says nothing. An id of another kind of row is to it what one of nothing is.
 */
export function likelyAt<Row extends { table: string }>(path: string, rows: readonly Row[]): Row[] {
  const words = (path.split('.').at(-1) ?? '').replace(/Ids?$/, '').match(/[A-Z]?[a-z]+/g) ?? [];
  const word = words.at(-1)?.toLowerCase() ?? '';
  const table = ACCOUNTS.includes(word) ? 'accounts.account' : new RegExp(`[._]${word}$`);
  const found = word === '' ? [] : rows.filter((row) => row.table.search(table) !== -1);
  const other = rows.find((row) => !found.includes(row));
  return found.length === 0 ? [...rows] : [...found, ...(other === undefined ? [] : [other])];
}
