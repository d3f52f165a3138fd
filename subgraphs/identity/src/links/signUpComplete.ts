import { FOLLOW_UP_JOB_DELAY, followUp } from '@comptoir/shared/jobs/followUp.ts';
import { enqueue } from '@comptoir/shared/jobs/jobs.ts';
import { OPENING_RETRY_AFTER } from '@comptoir/shared/protocol/errors.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { AREAS, areaText } from '@comptoir/shared/viewer/areas.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { type IdentityConfig, realNow } from '../base/config.ts';
import { lockPerson, voidOn } from '../credentials/voidOn.ts';
import { rememberNetwork } from '../passwords/loginGuessStore.ts';
import { adoptInvited, createMembership, createPerson } from '../people/newPeople.ts';
import type { EntryRow } from '../people/peopleStore.ts';
import { openSessionByLink, sessionTokens } from '../sessions/sessionTokens.ts';
import { openAccount } from './accountOpen.ts';
import { readLink } from './followLink.ts';
import { linkNotValid } from './link.ts';
import { lockGoodLink, saveLinkUsed } from './linkStore.ts';

export const signUpComplete =
  (config: IdentityConfig): MutationResolvers['signUpComplete'] =>
  async (_root, { input }, ctx) => {
    const read = await readLink(ctx, config, 'SIGN_UP', input);
    if (read instanceof Refusal) return refused(read);
    const at = realNow(config);

    const opened = await ctx.system('complete a sign-up', async (tx) => {
      await lockPerson(tx, { email: read.email });
      const link = await lockGoodLink(tx, 'SIGN_UP', read.secretHash, at);
      if (link === null || link.accountName === null) return linkNotValid();
      await saveLinkUsed(tx, link.id, at);

      const { email, language } = link;
      const { passwordHash } = read;
      const person = { email, language, passwordHash, verified: true, createdAt: ctx.now };
      // Somebody who was invited has no login before they choose a password: by this link as well as by the
      // invitation's.
      const userId = (await createPerson(tx, person)) ?? (await adoptInvited(tx, person));
      // The e-mail got a login meanwhile. A link of sign-up never touches it.
      if (userId === null) return linkNotValid();
      await voidOn(tx, 'FIRST_PASSWORD', { userId, emails: [email], at });
      const membershipId = await createMembership(tx, {
        userId,
        accountId: newId(),
        type: 'OWNER',
        role: 'OWNER',
        areas: AREAS.map((area) => areaText({ area, verb: 'WRITE' })),
        accountReady: false,
        createdAt: ctx.now,
      });
      // Done below; the job is for when that does not come to its end.
      const payload = { membershipId, linkId: link.id };
      await enqueue(tx, 'identity', { queue: 'account-open', id: newId(), payload, delaySeconds: FOLLOW_UP_JOB_DELAY });
      await rememberNetwork(tx, userId, ctx.viewer.address, at);
      const session = await openSessionByLink(tx, 'SIGN_UP_LINK', { userId, address: ctx.viewer.address, at });
      return { session, ...payload };
    });
    if (opened instanceof Refusal) return refused(opened);

    // The account, its wallet and its credits are there when this answers (U14), or it says that they are being opened.
    const system: Parameters<typeof openAccount>[0]['system'] = (work) =>
      // A part of the sign-up, whose row it has already.
      ctx.system('open an account', work, { untrailed: true });
    const isOpen = await followUp(
      'the account of a sign-up is opened',
      () => openAccount({ system, call: ctx.call }, opened, ctx.viewer.requestId),
      ctx.log,
    );
    const ready = (entry: EntryRow): EntryRow =>
      isOpen && entry.id === opened.membershipId ? { ...entry, accountReady: true } : entry;
    const { chosen, entries } = opened.session;
    const session = { ...opened.session, chosen: chosen && ready(chosen), entries: entries.map(ready) };
    return {
      session: await sessionTokens(session, config, at),
      openingRetryAfter: isOpen ? null : OPENING_RETRY_AFTER,
      userErrors: [],
    };
  };

const refused = <Code extends string>(refusal: Refusal<Code>) => ({
  session: null,
  openingRetryAfter: null,
  userErrors: [refusal],
});
