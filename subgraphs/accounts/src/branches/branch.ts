import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { isLine } from '@comptoir/shared/values/text.ts';

export const MAX_NAME_LENGTH = 200;
export const MAX_BRANCHES = 1_000;

/** A branch's name without blanks around it, or a refusal. */
export function readName(text: string): string | Refusal<'NAME_NOT_READABLE'> {
  const name = text.trim();
  if (name !== '' && [...name].length <= MAX_NAME_LENGTH && isLine(name)) return name;
  return new Refusal('NAME_NOT_READABLE', `A name has 1 to ${MAX_NAME_LENGTH} characters.`, ['input', 'name']);
}

export const branchNotFound = (): Refusal<'BRANCH_NOT_FOUND'> =>
  new Refusal('BRANCH_NOT_FOUND', 'There is no such branch.', ['input', 'branchId']);

export const nameTaken = (): Refusal<'NAME_TAKEN'> =>
  new Refusal('NAME_TAKEN', 'Another branch of this account has that name.', ['input', 'name']);
