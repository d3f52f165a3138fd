import { Refusal } from '@comptoir/shared/values/refusal.ts';
import type { MutationResolvers } from '../../../generated/graphql.ts';
import { changeProfile, profilePayload } from './changeProfile.ts';
import { type ProfileFacts, readFacts } from './profile.ts';
import { saveFacts } from './profileChanges.ts';

/** Stands for what is left out, when what is given is read. */
const READABLE: ProfileFacts = {
  name: 'x',
  email: 'x@example.com',
  legalName: 'x',
  addressLines: ['x'],
  country: 'FR',
  vatId: null,
};

export const billingProfileUpdate: MutationResolvers['billingProfileUpdate'] = async (_root, { input }, ctx) => {
  const { profileId, ...given } = input;
  const readable = readFacts(changed(READABLE, given));
  if (readable instanceof Refusal) return await profilePayload(ctx, readable);
  const outcome = await changeProfile(ctx, 'change a billing profile', profileId, async (tx, profile) => {
    const facts = readFacts(changed(profile, given));
    if (facts instanceof Refusal) return facts;
    await saveFacts(tx, profile.id, facts);
    return null;
  });
  return await profilePayload(ctx, outcome);
};

type Given = { [Fact in keyof ProfileFacts]?: ProfileFacts[Fact] | null | undefined };

/** What is left out stays; only a VAT id can be taken away. */
function changed({ name, email, legalName, addressLines, country, vatId }: ProfileFacts, given: Given): ProfileFacts {
  return {
    name: given.name ?? name,
    email: given.email ?? email,
    legalName: given.legalName ?? legalName,
    addressLines: given.addressLines ?? addressLines,
    country: given.country ?? country,
    vatId: given.vatId === undefined ? vatId : given.vatId,
  };
}
