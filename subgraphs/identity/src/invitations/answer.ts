import { forbidden, unauthenticated } from '@comptoir/shared/protocol/errors.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { readId } from '@comptoir/shared/values/uuid.ts';
import type { Viewer } from '@comptoir/shared/viewer/viewer.ts';
import { readLinkSecret } from '../credentials/linkSecret.ts';
import type { AskedRow } from './answerStore.ts';
import { closed, invitationNotFound, isOpen, statusOf } from './invitation.ts';

/** How an answer names its invitation: by the hash of the token that was mailed, or by id. */
export type AnswerBy = { secretHash: string } | { id: string };

export type AnswerRefusal = Refusal<
  | 'NAME_ONE'
  | 'LINK_NOT_VALID'
  | 'INVITATION_NOT_FOUND'
  | 'INVITATION_CLOSED'
  | 'INVITATION_EXPIRED'
  | 'LOG_IN_FIRST'
  | 'LOGIN_NOT_VERIFIED'
>;

/** One answer for every token that is not good, so that it tells nothing about the one it might have been. */
const tokenNotValid = (): Refusal<'LINK_NOT_VALID'> =>
  new Refusal('LINK_NOT_VALID', 'This link is not valid any more, or never was. Ask for a new one.', [
    'input',
    'token',
  ]);

/**
 * Who answers: the person themselves, or anyone who holds the mail. Throws for keys, services, and anyone who acts as
 * somebody else.
 */
function answerer(viewer: Viewer): { userId: string | null } {
  if (viewer.kind === 'KEY' || viewer.kind === 'SERVICE') throw forbidden('person');
  // What was mailed to somebody is theirs to answer, not that of the one who is logged in as them.
  if (viewer.kind === 'PERSON' && (viewer.actors?.length ?? 0) > 0) throw forbidden('N12');
  return { userId: viewer.userId };
}

/**
 * Reads how the invitation is named, and by whom it is answered. An id is for anyone who is logged in; throws
 * UNAUTHENTICATED for anybody else, and as `answerer` does.
 */
export function readAnswer(
  { token, invitationId }: { token?: string | null; invitationId?: string | null },
  viewer: Viewer,
): { by: AnswerBy; userId: string | null } | AnswerRefusal {
  if ((token == null) === (invitationId == null)) {
    return new Refusal('NAME_ONE', 'Name the token of the mail or the id of the invitation, one of them.', ['input']);
  }
  const { userId } = answerer(viewer);
  if (token != null) {
    const secretHash = readLinkSecret(token);
    return secretHash === null ? tokenNotValid() : { by: { secretHash }, userId };
  }
  if (userId === null) throw unauthenticated();
  const id = readId(invitationId as string);
  return id === null ? invitationNotFound() : { by: { id }, userId };
}

/** Whether this person may answer this invitation now; null when they may (O12). */
export function refusesAnswer(
  asked: AskedRow | null,
  by: AnswerBy,
  userId: string | null,
  now: Date,
): AnswerRefusal | null {
  if ('id' in by) {
    if (asked === null || asked.userId !== userId) return invitationNotFound();
    if (!isOpen(asked)) return closed(asked.status);
    if (statusOf(asked, now) === 'EXPIRED') {
      const message = 'This invitation has expired. Ask the account to send it again.';
      return new Refusal('INVITATION_EXPIRED', message, ['input', 'invitationId'], 'O12');
    }
  } else if (asked === null || !asked.active || statusOf(asked, now) === 'EXPIRED' || !isOpen(asked)) {
    return tokenNotValid();
  }
  if (!asked.hasLogin) return null;
  if (asked.userId !== userId) {
    return new Refusal('LOG_IN_FIRST', 'You have a login already: log in, then answer.', null, 'O12');
  }
  // Made by a claim (A28-A30, N13): it takes a link mailed at the holder's own request to show that the address is
  // theirs.
  if (!asked.verified) {
    const message = 'Ask for a password reset and follow its link first: nobody has shown that this address is yours.';
    return new Refusal('LOGIN_NOT_VERIFIED', message, null, 'N13');
  }
  return null;
}
