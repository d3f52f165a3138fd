import { Refusal } from '@comptoir/shared/values/refusal.ts';

export const loginAsNotFound = (): Refusal<'LOGIN_AS_NOT_FOUND'> =>
  new Refusal('LOGIN_AS_NOT_FOUND', 'There is no such log-in-as, or it is over.', ['input', 'loginAsId'], 'N12');
