import type { StoredCard } from '../provider/provider.ts';

/** Who pays, with what, and what stands on its invoices (A36). Its currency never changes; it belongs to one account for good. */
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
