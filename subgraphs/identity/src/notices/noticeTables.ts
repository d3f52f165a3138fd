import type { Area } from '@comptoir/shared/viewer/areas.ts';
import { EntitySchema } from 'typeorm';

/** What another subgraph wants the people of an account to be told. */
export type NoticeRow = {
  id: string;
  accountId: string;
  area: Area;
  kind: string;
  params: Record<string, string>;
  createdAt: Date;
};

export const NoticeTable = new EntitySchema<NoticeRow>({
  name: 'notice',
  columns: {
    id: { type: 'uuid', primary: true },
    accountId: { type: 'uuid', name: 'account_id' },
    area: { type: 'text' },
    kind: { type: 'text' },
    params: { type: 'jsonb' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
  },
});
