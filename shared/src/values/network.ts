import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * An address in its one canonical spelling, which is PostgreSQL's, or null. IPv4-mapped IPv6 (::ffff:0:0/96) becomes
 * its IPv4 (G11). All else that carries an IPv4 address in it - IPv4-compatible, NAT64, 6to4, ISATAP - stays IPv6: it
 * is another address.
 */
export function readAddress(text: string): string | null {
  const address = parse(text);
  return address === null ? null : spell(unmapped(address));
}

/**
 * A network as canonical CIDR (host bits cleared), or null. An address alone is a network of one. An IPv4-mapped
 * network becomes its IPv4 form; one that is wider than all of IPv4 cannot be written as such and is refused.
 */
export function readNetwork(text: string): string | null {
  const [host = '', length, ...rest] = text.split('/');
  const written = parse(host);
  if (rest.length > 0 || written === null) return null;
  const bits = written.kind() === 'ipv4' ? 32 : 128;
  if (length !== undefined && !/^(0|[1-9]\d{0,2})$/.test(length)) return null;
  let prefix = length === undefined ? bits : Number(length);
  if (prefix > bits) return null;

  const address = unmapped(written);
  if (address !== written) {
    if (prefix < 96) return null;
    prefix -= 96;
  }
  const bytes = address.toByteArray().map((byte, index) => byte & maskByte(prefix - index * 8));
  return `${spell(ipaddr.fromByteArray(bytes))}/${prefix}`;
}

/**
 * Whether one of the networks holds the address. An address or network that cannot be read is in nothing, and nothing
 * is in an empty list: "empty means no limit" is the caller's rule to apply.
 */
export function addressIn(address: string | null, networks: readonly string[]): boolean {
  const written = address === null ? null : parse(address);
  if (written === null) return false;
  const asked = unmapped(written);
  return networks.some((text) => {
    const [host = '', prefix] = readNetwork(text)?.split('/') ?? [];
    const network = parse(host);
    return network !== null && network.kind() === asked.kind() && asked.match(network, Number(prefix));
  });
}

/**
 * Whether somebody at the address is let in by lists that each must hold it (G11): the networks of a membership, of a
 * key, of an account. No list is no limit; a list that is empty holds nothing. The one judgement of the gateway and of
 * the shield.
 */
export const addressInEach = (address: string | null, lists: readonly (readonly string[])[]): boolean =>
  lists.every((list) => addressIn(address, list));

const maskByte = (bits: number): number => (bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff);

/**
 * `net.isIP` judges first, because ipaddr.js reads octal, hex and plain integers; zone ids name an interface of some
 * machine and are refused. A dotted end is two groups like any other, and written as such: ipaddr.js takes
 * `::203.0.113.5` for IPv4-mapped.
 */
function parse(text: string): Address | null {
  const family = isIP(text);
  if (family === 0 || text.includes('%')) return null;
  if (family === 4) return ipaddr.IPv4.parse(text);
  return ipaddr.IPv6.parse(
    text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_dotted, ...bytes) => {
      const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
      return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
    }),
  );
}

const unmapped = (address: Address): Address =>
  address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;

/** As PostgreSQL writes an `inet`: RFC 5952, and the last half of an IPv4-compatible address in dots. */
function spell(address: Address): string {
  if (address instanceof ipaddr.IPv4) return address.toString();
  const compatible = address.parts[6] !== 0 && address.parts.slice(0, 6).every((part) => part === 0);
  return compatible ? `::${address.toByteArray().slice(12).join('.')}` : address.toRFC5952String();
}
