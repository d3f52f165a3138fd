import { permissions as accounts } from '@comptoir/accounts/permissions.ts';
import { permissions as billing } from '@comptoir/billing/permissions.ts';
import { permissions as identity } from '@comptoir/identity/permissions.ts';
import { REPOSITORY } from '@comptoir/launch/machine/repository.ts';
import type { Permissions, Rule } from '@comptoir/shared/permissions/permissions.ts';
import { permissions as trackers } from '@comptoir/trackers/permissions.ts';

/**
 * Identity explains access by the rules of all four subgraphs (N07), of which it knows its own only. This file of its
 * tells it the others.
 */
export const operationsFile = new URL('subgraphs/identity/src/why/operations.json', REPOSITORY);

/** The rule of every query and mutation that people and keys can call, by name, as JSON. */
export function printOperations(): string {
  const rules = [identity, accounts, billing, trackers].flatMap((permissions: Permissions) =>
    (['Query', 'Mutation'] as const).flatMap((type) => Object.entries(permissions[type] as Record<string, Rule>)),
  );
  const shown = rules
    .filter(([field]) => !field.startsWith('_') && !field.startsWith('internal') && field !== 'credentialStanding')
    .map(([field, rule]) => [field, rule.name] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(shown), null, 2)}\n`;
}
