import { EntitySchema } from 'typeorm';

/** A mail that was handed over: its job may come again, the mail does not. */
export const MailTable = new EntitySchema<{ id: string; sentAt: Date }>({
  name: 'mail',
  columns: { id: { type: 'uuid', primary: true }, sentAt: { type: 'timestamptz', name: 'sent_at' } },
});

/** One row per mail with a link, by the keyed hash of its address: for the limit per address. */
export const MailCountTable = new EntitySchema<{ id: string; emailHash: string; kind: string; countedAt: Date }>({
  name: 'mail_count',
  columns: {
    id: { type: 'uuid', primary: true },
    emailHash: { type: 'text', name: 'email_hash' },
    kind: { type: 'text' },
    countedAt: { type: 'timestamptz', name: 'counted_at' },
  },
});
