import type { CallService } from '@comptoir/shared/protocol/services.ts';
import type { IntakeRow } from './intakeStore.ts';

/** What billing says to a charge: its id, or null when it was refused, with the reason. */
export type ChargeAnswer = { eventId: string; chargeId: string | null; refusal: string | null };

const CHARGES = /* GraphQL */ `
  mutation Charges($input: InternalChargesApplyInput!) {
    internalChargesApply(input: $input) { results { eventId chargeId refusal } }
  }
`;

/**
 * Asks billing to charge intake, idempotent by its id. Returns the answers by that id. Throws when billing does not
 * answer.
 */
export async function callForCharges(
  call: CallService,
  intake: readonly IntakeRow[],
): Promise<Map<string, ChargeAnswer>> {
  // Two requests with the same event may be in it; billing is asked once for both.
  const distinct = [...new Map(intake.map((row) => [row.id, row])).values()];
  const charges = distinct.map(({ id, payerId, trackerId, accountId, credits, occurredAt, key }) => ({
    eventId: id,
    payerId,
    trackerId,
    ownerId: accountId,
    credits,
    occurredAt,
    key,
  }));
  type Data = { internalChargesApply: { results: ChargeAnswer[] } };
  const data = await call<Data>('billing', CHARGES, { input: { charges } });
  const answers = new Map(data.internalChargesApply.results.map((answer) => [answer.eventId, answer]));
  const missing = charges.find(({ eventId }) => !answers.has(eventId));
  if (missing !== undefined) throw new Error(`billing gave no answer for the event ${missing.eventId}.`);
  return answers;
}
