import { addressIn, readAddress } from '@comptoir/shared/values/network.ts';

/**
 * The caller's own address (G11), or null when it cannot be read; null denies anyone who has an IP rule.
 *
 * `X-Forwarded-For` is read from the right, and a hop is believed only while the one that named it is one of ours: what
 * stands left of the first stranger was written by that stranger.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trusted: readonly string[],
): string | null {
  let address = peer === undefined ? null : readAddress(peer);
  const hops = forwardedFor === undefined ? [] : forwardedFor.split(',');
  while (address !== null && hops.length > 0 && addressIn(address, trusted)) {
    address = readAddress((hops.pop() as string).trim());
  }
  return address;
}
