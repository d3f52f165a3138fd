import { Refusal } from '@comptoir/shared/refusal.ts';
import { isLine } from '@comptoir/shared/text.ts';

export const LONGEST_NAME = 200;
export const MOST_BRANCHES = 1_000;

/** A site's name without blanks around it, or a refusal. */
export function readName(text: string): string | Refusal<'NAME_NOT_READABLE'> {
  const name = text.trim();
  if (name !== '' && [...name].length <= LONGEST_NAME && isLine(name)) return name;
  return new Refusal('NAME_NOT_READABLE', `A name has 1 to ${LONGEST_NAME} characters.`, ['input', 'name']);
}

export const branchNotFound = (): Refusal<'BRANCH_NOT_FOUND'> =>
  new Refusal('BRANCH_NOT_FOUND', 'There is no such site.', ['input', 'branchId']);

export const nameTaken = (): Refusal<'NAME_TAKEN'> =>
  new Refusal('NAME_TAKEN', 'Another site of this account has that name.', ['input', 'name']);
