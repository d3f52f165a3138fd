import { type AreaGrant, holdsAll, readGrants } from '@comptoir/shared/areas.ts';
import { Refusal } from '@comptoir/shared/refusal.ts';
import type { Viewer } from '@comptoir/shared/viewer.ts';
import { type NetworksRefusal, readNetworks } from '../people/networks.ts';

const LONGEST_NAME = 100;

export type WishedKey = {
  name: string;
  areas: readonly AreaGrant[];
  networks: readonly string[];
  notBefore: Date | null;
  expiresAt: Date | null;
};

export type KeyRefusal =
  | Refusal<'NAME_NOT_READABLE' | 'AREAS_NOT_READABLE' | 'MORE_THAN_YOU_HOLD' | 'PERIOD_IS_EMPTY'>
  | NetworksRefusal;

/** What a key may be (G15): named, within what its maker holds, for a time that is not over. */
export function readKey(
  wished: WishedKey,
  viewer: Viewer,
  now: Date,
): (WishedKey & { areas: AreaGrant[]; networks: string[] }) | KeyRefusal {
  const name = wished.name.trim();
  if (name === '' || name.length > LONGEST_NAME || /\p{Cc}/u.test(name)) {
    return new Refusal('NAME_NOT_READABLE', `Write 1 to ${LONGEST_NAME} characters.`, ['input', 'name']);
  }
  const areas = readGrants(wished.areas);
  if (areas === null)
    return new Refusal('AREAS_NOT_READABLE', 'Name at least one area, each once.', ['input', 'areas']);
  if (!holdsAll(viewer, areas)) {
    return new Refusal(
      'MORE_THAN_YOU_HOLD',
      'A key cannot open more than you hold yourself.',
      ['input', 'areas'],
      'G15',
    );
  }
  const networks = readNetworks(wished.networks);
  if (networks instanceof Refusal) return networks;
  const { notBefore, expiresAt } = wished;
  if (expiresAt !== null && expiresAt <= (notBefore !== null && notBefore > now ? notBefore : now)) {
    return new Refusal('PERIOD_IS_EMPTY', 'The key would end before it begins to be good.', ['input', 'expiresAt']);
  }
  return { name, areas, networks, notBefore, expiresAt };
}
