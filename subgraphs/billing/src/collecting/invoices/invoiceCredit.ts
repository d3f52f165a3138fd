import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { EntityManager } from 'typeorm';
import type { InvoiceCreditErrorCode, InvoiceCreditInput, MutationResolvers } from '../../../generated/graphql.ts';
import { once } from '../../base/idempotencyKeys.ts';
import { formatMinor, parseMoney } from '../../books/money/money.ts';
import { openMoneyWallet } from '../prepaid/moneyWallets.ts';
import { findProfile } from '../profiles/profileStore.ts';
import { issueCreditNote } from './creditNote.ts';
import { lockState } from './invoiceState.ts';
import { loadInvoices } from './invoiceStore.ts';
import { isPrintable } from './seller.ts';

export const invoiceCredit: MutationResolvers['invoiceCredit'] = async (_root, { input }, ctx) => {
  const viewer = ctx.viewer as PersonViewer;
  const { idempotencyKey: key } = input;
  const outcome = await ctx.system('staff take back an invoice', (tx) =>
    once(tx, { accountId: viewer.accountId, key, mutation: 'invoiceCredit', input, now: ctx.now }, () =>
      credit(tx, input, ctx.now),
    ),
  );
  if (outcome instanceof Refusal) return { creditNote: null, userErrors: [outcome] };
  return { creditNote: await ctx.loaders.invoice.load(outcome.creditNoteId), userErrors: [] };
};

async function credit(
  tx: EntityManager,
  input: InvoiceCreditInput,
  now: Date,
): Promise<{ creditNoteId: string } | Refusal<InvoiceCreditErrorCode>> {
  const description = input.description.trim();
  if (!isPrintable(description, 1, 200)) {
    return new Refusal('TEXT_NOT_READABLE', 'Say why in 1 to 200 characters.', ['input', 'description']);
  }
  const id = readId(input.invoiceId);
  const [found] = id === null ? [] : await loadInvoices(tx, [id]);
  if (found === undefined || found.kind !== 'INVOICE') {
    return new Refusal('INVOICE_NOT_FOUND', 'There is no such invoice.', ['input', 'invoiceId']);
  }
  const profile = await findProfile(tx, found.profileId);
  if (profile === null) throw new Error(`The invoice ${found.id} has no profile.`);
  const { profileId, payerId, currency } = found;
  const earmarkId = found.accountId === payerId ? null : found.accountId;
  // The wallet before what is paid of an invoice, as everywhere.
  await openMoneyWallet(tx, { profileId, payerId, currency, earmarkId });
  const { creditedNet } = await lockState(tx, found.id);
  const left = found.net - creditedNet;
  const net = input.net == null ? { minor: left, currency } : parseMoney(input.net);
  if (net === null || net.currency !== currency || net.minor < 1n || net.minor > left) {
    const most = formatMinor({ minor: left, currency });
    return new Refusal('AMOUNT_OUT_OF_BOUNDS', `There is ${most} ${currency} of this invoice to take back.`, [
      'input',
      'net',
    ]);
  }
  const creditNote = await issueCreditNote(tx, {
    profile,
    accountId: found.accountId,
    lines: [{ kind: 'UNUSED', description, quantity: 1, amount: -net.minor, from: null, to: null }],
    corrects: found.id,
    to: 'PREPAID',
    earmarkId,
    // Unique within the invoice, which is locked: what was taken back before only grows.
    reference: `credit:${found.id}:${creditedNet}`,
    subscriptionId: found.subscriptionId,
    now,
  });
  if (creditNote === null) throw new Error(`A part of the invoice ${found.id} was taken back twice.`);
  return { creditNoteId: creditNote.id };
}
