import { bigintColumn } from '@comptoir/shared/database/columns.ts';

/** Which row of one instant came first, as the database counts them; for sorting by. */
export const arrivalColumn = { ...bigintColumn, insert: false, update: false, select: false } as const;

/** What a table has besides what its rows are read as. */
export type Arrival = { seq: bigint };
