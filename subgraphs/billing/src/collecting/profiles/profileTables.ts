import { EntitySchema } from 'typeorm';
import type { StoredCard } from '../provider/provider.ts';

/**
 * Who pays, with what, and what stands on its invoices (A36). Its currency never changes; it belongs to one account for
 * good.
 */
export type BillingProfile = {
  id: string;
  accountId: string;
  name: string;
  currency: string;
  /** Where the provider may send receipts. */
  email: string;
  legalName: string;
  addressLines: string[];
  /** ISO 3166, two capitals. */
  country: string;
  vatId: string | null;
  /** The tax on what is sold to it, in 1/100 of a percent. Set by staff. */
  taxBasisPoints: number;
  /** The card as the provider keeps it for us; null while there is none. */
  card: StoredCard | null;
  createdAt: Date;
  /** Deleted: nothing new is paid with it; it stays for what was. */
  deletedAt: Date | null;
};

/** What may be said of a card: never the provider's names for it. */
export type ShownCard = { brand: string; lastFour: string; expiryMonth: number; expiryYear: number };

/** A profile as its account sees it. */
export type ShownProfile = Omit<BillingProfile, 'card'> & { card: ShownCard | null };

type CardColumns = { [Column in keyof StoredCard]: StoredCard[Column] | null };

/** A profile as its row has it: its card in columns of its own, all null while there is none. */
export type ProfileRow = Omit<BillingProfile, 'card'> & CardColumns;

export const BillingProfileTable = new EntitySchema<ProfileRow & { cardToldAt: Date | null }>({
  name: 'billing_profile',
  columns: {
    id: { type: 'uuid', primary: true },
    accountId: { type: 'uuid', name: 'account_id' },
    name: { type: 'text' },
    currency: { type: 'text' },
    email: { type: 'text' },
    legalName: { type: 'text', name: 'legal_name' },
    addressLines: { type: 'text', array: true, name: 'address_lines' },
    country: { type: 'text' },
    vatId: { type: 'text', name: 'vat_id', nullable: true },
    taxBasisPoints: { type: 'integer', name: 'tax_basis_points' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    deletedAt: { type: 'timestamptz', name: 'deleted_at', nullable: true },
    brand: { type: 'text', name: 'card_brand', nullable: true },
    lastFour: { type: 'text', name: 'card_last_four', nullable: true },
    expiryMonth: { type: 'smallint', name: 'card_expiry_month', nullable: true },
    expiryYear: { type: 'smallint', name: 'card_expiry_year', nullable: true },
    // The request's role has no right to these: what the provider calls a card is no one's business.
    customer: { type: 'text', name: 'card_customer', nullable: true, select: false },
    method: { type: 'text', name: 'card_method', nullable: true, select: false },
    // When who pays was told that the card expires soon.
    cardToldAt: { type: 'timestamptz', name: 'card_told_at', nullable: true, select: false },
  },
});
