import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * An address in its one canonical spelling, or null. IPv4-mapped IPv6 becomes its IPv4 (G11).
 * `net.isIP` judges first, because ipaddr.js reads octal, hex and plain integers; zone ids name an interface of some machine and are refused.
 */
export function readAddress(text: string): string | null {
  if (isIP(text) === 0 || text.includes('%')) return null;
  return spell(ipaddr.process(text));
}

/**
 * A network as canonical CIDR (host bits cleared), or null. An address alone is a network of one. An IPv4-mapped network
 * becomes its IPv4 form; one that is wider than all of IPv4 cannot be written as such and is refused.
 */
export function readNetwork(text: string): string | null {
  const [host = '', length, ...rest] = text.split('/');
  if (rest.length > 0 || isIP(host) === 0 || host.includes('%')) return null;
  const written = ipaddr.parse(host);
  const bits = written.kind() === 'ipv4' ? 32 : 128;
  if (length !== undefined && !/^(0|[1-9]\d{0,2})$/.test(length)) return null;
  let prefix = length === undefined ? bits : Number(length);
  if (prefix > bits) return null;

  let address: ipaddr.IPv4 | ipaddr.IPv6 = written;
  if (written instanceof ipaddr.IPv6 && written.isIPv4MappedAddress()) {
    if (prefix < 96) return null;
    address = written.toIPv4Address();
    prefix -= 96;
  }
  const bytes = address.toByteArray().map((byte, index) => byte & maskByte(prefix - index * 8));
  return `${spell(ipaddr.fromByteArray(bytes))}/${prefix}`;
}

/**
 * Whether one of the networks holds the address. An address or network that cannot be read is in nothing, and nothing is in an empty list:
 * "empty means no limit" is the caller's rule to apply.
 */
export function addressIn(address: string | null, networks: readonly string[]): boolean {
  const canonical = address === null ? null : readAddress(address);
  if (canonical === null) return false;
  const parsed = ipaddr.parse(canonical);
  return networks.some((text) => {
    const network = readNetwork(text);
    if (network === null) return false;
    const [host, prefix] = ipaddr.parseCIDR(network);
    return host.kind() === parsed.kind() && parsed.match(host, prefix);
  });
}

const maskByte = (bits: number): number => (bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff);

const spell = (address: ipaddr.IPv4 | ipaddr.IPv6): string =>
  address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
