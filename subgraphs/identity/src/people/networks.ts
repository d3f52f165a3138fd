import { addressIn, readNetwork } from '@comptoir/shared/values/network.ts';
import { Refusal } from '@comptoir/shared/values/refusal.ts';

const MAX_NETWORKS = 100;

export type NetworksRefusal = Refusal<'TOO_MANY_NETWORKS' | 'NETWORK_NOT_READABLE'>;

/** A list of addresses and CIDR ranges in canonical form, each once; names the entry that is neither (G11). */
export function readNetworks(texts: readonly string[]): string[] | NetworksRefusal {
  if (texts.length > MAX_NETWORKS) {
    return new Refusal('TOO_MANY_NETWORKS', `Name at most ${MAX_NETWORKS} networks.`, ['input', 'networks'], 'G11');
  }
  const networks = new Set<string>();
  for (const [index, text] of texts.entries()) {
    const network = text.length > 50 ? null : readNetwork(text);
    if (network === null) {
      return new Refusal(
        'NETWORK_NOT_READABLE',
        `${JSON.stringify(text.slice(0, 50))} is neither an address nor a CIDR range such as 192.0.2.0/24.`,
        ['input', 'networks', String(index)],
        'G11',
      );
    }
    networks.add(network);
  }
  return [...networks];
}

/** Whether a list lets the address in. An empty one is no limit; an address that cannot be read is in no list. */
export const admits = (networks: readonly string[], address: string | null): boolean =>
  networks.length === 0 || addressIn(address, networks);

/** No one shuts the door on themselves by mistake (G11). Null when the caller stays inside. */
export function refusesOwnLockOut(
  networks: readonly string[],
  address: string | null,
): Refusal<'WOULD_LOCK_YOU_OUT'> | null {
  if (admits(networks, address)) return null;
  return new Refusal(
    'WOULD_LOCK_YOU_OUT',
    `The list does not hold the address that you call from${address === null ? '' : `, ${address}`}. Add it first.`,
    ['input', 'networks'],
    'G11',
  );
}
