import assert from 'node:assert/strict';
import { graphiqlOf } from './graphiqlPage.ts';
import { INVITE, WHO_AM_I } from './operations.ts';
import type { Person } from './signUps.ts';
import { done, type Stage } from './stage.ts';

const SAYS = {
  EN: { subject: 'gives you access to its account', lang: 'en', text: /good for seven days, once/ },
  FR: { subject: 'vous donne accès à son compte', lang: 'fr', text: /valable sept jours, une seule fois/ },
};

/**
 * G07: an owner invites somebody who has no login; the newcomer follows the link of the mail and chooses a password.
 */
export async function inviteNewcomer(stage: Stage, owner: Person, email: string, language: 'EN' | 'FR'): Promise<void> {
  const { graphiql, mails, step, picture } = stage;
  const { subject, lang, text } = SAYS[language];
  await step(`O02 the owner invites ${email}`, async () => {
    const areas = [{ area: 'TRACKERS', verb: 'READ' }];
    const answer = await graphiql.run(INVITE, { input: { email, role: 'MEMBER', areas, language } }, owner.token);
    assert.equal(done(answer).invitation.membership.type, 'CONTACT');
    return graphiql.page;
  });
  await step(`G07 the invitation is in ${language} and carries no password`, async () => {
    const mail = await mails.open(email, subject);
    assert.equal(mail.language, lang);
    assert.match(mail.text, text);
    return mails.page;
  });
  await step(`O12 ${email} follows the link, chooses a password and is in`, async () => {
    const { follow } = await mails.open(email, subject);
    const page = await follow();
    const followed = await graphiqlOf(page);
    await followed.fillLastQuotes('Variables', 'a password of my own');
    const { session, membership } = done(await followed.press());
    assert.deepEqual(membership.areas, [{ area: 'TRACKERS', verb: 'READ' }]);
    await picture(page, `${email} accepts the invitation`);
    await page.close();
    const { data } = await graphiql.run(WHO_AM_I, undefined, session.accessToken);
    assert.equal(data.viewer.user.email, email);
    assert.equal(data.viewer.account.id, owner.accountId);
    return graphiql.page;
  });
}
