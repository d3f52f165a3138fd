import { Refusal } from '@comptoir/shared/values/refusal.ts';

export const codeWrong = (): Refusal<'CODE_WRONG'> =>
  new Refusal('CODE_WRONG', 'That code is wrong, or was used before. Wait for the next one.', ['input', 'code'], 'A47');
