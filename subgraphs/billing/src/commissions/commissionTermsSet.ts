import { Refusal } from '@comptoir/shared/values/refusal.ts';
import { newId, readId } from '@comptoir/shared/values/uuid.ts';
import type { PersonViewer } from '@comptoir/shared/viewer/viewer.ts';
import type { MutationResolvers } from '../../generated/graphql.ts';
import { lockName } from '../base/lockName.ts';
import { loadPartners } from './partners.ts';

const MAX_MONTHS = 1_200;

export const commissionTermsSet: MutationResolvers['commissionTermsSet'] = async (_root, { input }, ctx) => {
  const { userId } = ctx.viewer as PersonViewer;
  const { basisPoints } = input;
  const months = input.months ?? null;
  const no = (refusal: Refusal<'BASIS_POINTS_OUT_OF_BOUNDS' | 'MONTHS_OUT_OF_BOUNDS' | 'PARTNER_NOT_FOUND'>) => ({
    terms: null,
    userErrors: [refusal],
  });
  if (basisPoints < 0 || basisPoints > 10_000) {
    const message = 'A commission is 0 to 10,000 hundredths of a percent.';
    return no(new Refusal('BASIS_POINTS_OUT_OF_BOUNDS', message, ['input', 'basisPoints'], 'A75'));
  }
  if (months !== null && (months < 1 || months > MAX_MONTHS)) {
    const message = `Say 1 to ${MAX_MONTHS} months, or leave it out for ever.`;
    return no(new Refusal('MONTHS_OUT_OF_BOUNDS', message, ['input', 'months'], 'A75'));
  }
  const partnerId = input.partnerId == null ? null : readId(input.partnerId);
  if (input.partnerId != null) {
    const known = partnerId !== null && (await loadPartners(ctx.call, [partnerId])).has(partnerId);
    if (!known) return no(new Refusal('PARTNER_NOT_FOUND', 'There is no such partner.', ['input', 'partnerId'], 'U07'));
  }
  await ctx.system('set terms of commission', async (tx) => {
    await lockName(tx, 'commission terms');
    // Said again, they stay as they are: history tells of changes.
    await tx.query(
      `insert into commission_terms (id, partner_id, basis_points, months, valid_from, set_by)
       select $1, $2::uuid, $3::integer, $4::integer, $5::timestamptz, $6::uuid
       where not exists (
         select from (
           select basis_points, months from commission_terms where partner_id is not distinct from $2
           order by valid_from desc, seq desc limit 1
         ) as last
         where last.basis_points = $3 and last.months is not distinct from $4)`,
      [newId(), partnerId, basisPoints, months, ctx.now, userId],
    );
  });
  return { terms: { basisPoints, months }, userErrors: [] };
};
