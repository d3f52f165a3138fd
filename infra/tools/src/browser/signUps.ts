import assert from 'node:assert/strict';
import { graphiqlOf } from './graphiqlPage.ts';
import { ASK_FOR_RESET, LOG_IN, SIGN_UP, WHO_AM_I } from './operations.ts';
import { done, type Stage } from './stage.ts';
import { until } from './until.ts';

export type Person = { email: string; token: string; accountId: string };

export const AGENCY = { email: 'nora@studio-nord.example', accountName: 'Studio Nord', language: 'EN' } as const;
export const BAKERY = { email: 'paul@fournil-dupont.example', accountName: 'Fournil Dupont', language: 'FR' } as const;
const PASSWORD = 'correct horse battery staple';

const SAYS = {
  EN: { subject: 'Complete your sign-up', lang: 'en', text: /good for a day, once/ },
  FR: { subject: 'Terminez votre inscription', lang: 'fr', text: /valable un jour, une seule fois/ },
};

/** U14: signs up, reads the mail, follows its link, chooses a password, and waits until the free credits are there. */
export async function signUp(stage: Stage, who: typeof AGENCY | typeof BAKERY): Promise<Person> {
  const { graphiql, mails, step } = stage;
  const { email, accountName, language } = who;
  const { subject, lang, text } = SAYS[language];
  let token = '';
  let accountId = '';

  await step(`${accountName} signs up`, async () => {
    const answer = await graphiql.run(SIGN_UP, { input: who }, null);
    assert.equal(done(answer).mailTo, email);
    return graphiql.page;
  });
  await step(`the sign-up mail of ${accountName} is in ${language}`, async () => {
    const mail = await mails.open(email, subject);
    assert.equal(mail.language, lang);
    assert.match(mail.text, text);
    assert.match(mail.token ?? '', /^[\w-]{20,}$/);
    return mails.page;
  });
  await step(`its link lets ${accountName} choose a password`, async () => {
    const { follow, token: mailed } = await mails.open(email, subject);
    const page = await follow();
    const followed = await graphiqlOf(page);
    assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, '/graphql');
    await followed.fillLastQuotes('Variables', PASSWORD);
    const { session } = done(await followed.press());
    token = session.accessToken;
    accountId = session.membership.accountId;
    assert.ok(mailed !== null && !page.url().includes(mailed));
    await stage.picture(page, `${accountName} chooses a password`);
    await page.close();
    return mails.page;
  });
  await step(`U14 ${accountName} has an account, its owner and 100 free credits`, async () => {
    let answer = await graphiql.run(WHO_AM_I, undefined, token);
    await until('the account is ready', async () => {
      if (answer.data.viewer.membership.accountReady) return true;
      answer = await graphiql.press();
      return false;
    });
    answer = await graphiql.press();
    assert.deepEqual(answer.data.viewer, {
      user: { email },
      membership: { role: 'OWNER', accountReady: true },
      account: { id: accountId, name: accountName, kind: 'CLIENT', wallets: [{ kind: 'TRACKER', balance: 100 }] },
    });
    return graphiql.page;
  });
  return { email, token, accountId };
}

/**
 * Has a login since the demo was seeded, and no mail of this kind within the last minute, which would hold the next one
 * back.
 */
const KNOWN = 'contact@garage-ferrand.example';

/** Signing up with an e-mail that has a login tells nothing to who asks; the mail tells the person. */
export async function signUpAgain({ graphiql, mails, step }: Stage): Promise<void> {
  await step('U14 a sign-up with a known e-mail gets the same answer, and another mail', async () => {
    const answer = await graphiql.run(SIGN_UP, { input: { ...BAKERY, email: KNOWN } }, null);
    assert.equal(done(answer).mailTo, KNOWN);
    const mail = await mails.open(KNOWN, 'Vous avez déjà un identifiant');
    assert.equal(mail.language, 'fr');
    assert.equal(mail.token, null);
    return mails.page;
  });
}

/** A45: a new password by mail, and the log-in with it. */
export async function forgetPassword({ graphiql, mails, step, picture }: Stage): Promise<void> {
  const password = `${PASSWORD} again`;
  await step('A45 a forgotten password is chosen anew by a mailed link', async () => {
    done(await graphiql.run(ASK_FOR_RESET, { input: { email: AGENCY.email } }, null));
    const mail = await mails.open(AGENCY.email, 'Choose a new password');
    await picture(mails.page, 'the mail with the link to a new password');
    const page = await mail.follow();
    const followed = await graphiqlOf(page);
    await followed.fillLastQuotes('Variables', password);
    done(await followed.press());
    await picture(page, 'a new password is chosen');
    await page.close();
    const { session } = done(await graphiql.run(LOG_IN, { input: { email: AGENCY.email, password } }, null));
    assert.equal(session.membership.accountName, AGENCY.accountName);
    return graphiql.page;
  });
}

export async function logIn({ graphiql }: Stage, email: string, password: string): Promise<Person> {
  const { session } = done(await graphiql.run(LOG_IN, { input: { email, password } }, null));
  return { email, token: session.accessToken, accountId: session.membership.accountId };
}
