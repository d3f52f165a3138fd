import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { changeProfile, profilePayload } from './changeProfile.ts';
import { isPayingQuote, saveTax } from './profileChanges.ts';

export const billingProfileTaxSet: MutationResolvers['billingProfileTaxSet'] = async (_root, { input }, ctx) => {
  const { profileId, taxBasisPoints } = input;
  if (taxBasisPoints < 0 || taxBasisPoints > 10_000) {
    const refused = new Refusal('TAX_OUT_OF_BOUNDS', 'A tax is 0 to 10,000 hundredths of a percent.', [
      'input',
      'taxBasisPoints',
    ]);
    return await profilePayload(ctx, refused);
  }
  const outcome = await changeProfile(ctx, 'set the tax of a billing profile', profileId, async (tx, profile) => {
    if (await isPayingQuote(tx, profile.id)) {
      const message =
        'A quote is being paid with this profile, with the tax that it said. Try again when it is through.';
      return new Refusal('IN_USE_BY_PAYMENT', message, ['input', 'profileId'], 'A26');
    }
    await saveTax(tx, profile.id, taxBasisPoints);
    return null;
  });
  return await profilePayload(ctx, outcome);
};
