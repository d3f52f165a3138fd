import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId } from '@comptoir/shared/values/uuid.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectSound, type InvoiceFixture, startInvoices } from '../../testing/invoiceFixture.ts';
import { prepaidBuy } from './prepaidBuyKind.ts';

let books: InvoiceFixture;
beforeAll(async () => {
  books = await startInvoices({ graph: false });
});
afterAll(async () => {
  await expectSound(books);
  await books.stop();
});

test('A64 a quote for prepaid money asks for exactly that amount, in the currency of the profile, and puts it in', async () => {
  const profile = await books.profile();
  const client = newId();
  const offer = (of: object) =>
    books.system((tx, now) =>
      prepaidBuy.offer(
        tx,
        { profileId: profile.id, earmarkId: client, amount: { minor: 2_500n, currency: 'EUR' }, ...of },
        { now, lock: true },
      ),
    );
  expect(await offer({ profileId: newId() })).toMatchObject({ code: 'PROFILE_NOT_FOUND' });
  expect(await offer({ amount: { minor: 2_500n, currency: 'USD' } })).toMatchObject({ code: 'CURRENCY_DIFFERS' });
  expect(await offer({ amount: { minor: 0n, currency: 'EUR' } })).toMatchObject({ code: 'AMOUNT_OUT_OF_BOUNDS' });
  const made = await offer({});
  if (made instanceof Refusal) throw new Error(made.message);
  expect(made).toMatchObject({ accountId: client, prorated: 2_500n, settlement: 'TOP_UP', lines: [], currency: 'EUR' });

  const quote = {
    id: newId(),
    kind: 'PREPAID_BUY' as const,
    accountId: client,
    profileId: profile.id,
    offer: made,
    createdBy: null,
  };
  await books.system((tx, now) => prepaidBuy.apply(tx, { quote, invoice: null, paymentId: newId(), now }));
  expect(await books.prepaidOf(profile)).toEqual({ [client]: 2_500 });
});
