import { EntitySchema } from 'typeorm';

/** The tables of the schema `access` that policies read. Each has one writer, with which it is registered. */

export const ReachTable = new EntitySchema<{
  holder: string;
  account: string;
  area: string;
  verb: string;
  valid: string;
  partnershipId: string;
  secondFactor: boolean;
}>({
  name: 'reach',
  schema: 'access',
  columns: {
    holder: { type: 'uuid', primary: true },
    account: { type: 'uuid', primary: true },
    area: { type: 'text', primary: true },
    verb: { type: 'text', primary: true },
    valid: { type: 'tstzrange', primary: true },
    partnershipId: { type: 'uuid', name: 'partnership_id' },
    secondFactor: { type: 'boolean', name: 'second_factor' },
  },
});

export const AccountNetworkTable = new EntitySchema<{ account: string; networks: string[] }>({
  name: 'account_network',
  schema: 'access',
  columns: { account: { type: 'uuid', primary: true }, networks: { type: 'cidr', array: true } },
});

export const AccountSecondFactorTable = new EntitySchema<{ account: string; since: Date }>({
  name: 'account_second_factor',
  schema: 'access',
  columns: { account: { type: 'uuid', primary: true }, since: { type: 'timestamptz' } },
});

export const AccountZoneTable = new EntitySchema<{ account: string; timeZone: string }>({
  name: 'account_zone',
  schema: 'access',
  columns: { account: { type: 'uuid', primary: true }, timeZone: { type: 'text', name: 'time_zone' } },
});

export const AccountCancelledTable = new EntitySchema<{ account: string; since: Date }>({
  name: 'account_cancelled',
  schema: 'access',
  columns: { account: { type: 'uuid', primary: true }, since: { type: 'timestamptz' } },
});
