import ipaddr from 'ipaddr.js';
import { normalAddress } from './address.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/** True for an IPv4 or IPv6 address in its usual notation, or a network `address/bits`. */
export function isNetwork(text: string): boolean {
  return networkOf(text) !== undefined;
}

const parsed = new WeakMap<readonly string[], readonly Network[]>();

/**
 * True when `ip` is in one of `networks`. An IPv4 address mapped into IPv6 counts as what it is. A list is parsed once,
 * so nobody may change one that was asked about.
 */
export function isInNetworks(ip: string | null, networks: readonly string[]): boolean {
  const normal = normalAddress(ip);
  if (normal === null) return false;
  const address = ipaddr.parse(normal);
  const alone: Network = [address, address.kind() === 'ipv4' ? 32 : 128];
  return parse(networks).some((network) => contains(network, alone));
}

/**
 * True when each network of `inner` lies within a single one of `outer`. Two halves that add up to a network do not
 * count as that network, and a text that is no network lies nowhere.
 */
export function liesWithin(inner: readonly string[], outer: readonly string[]): boolean {
  return inner.every((text) => {
    const network = networkOf(text);
    return network !== undefined && parse(outer).some((whole) => contains(whole, network));
  });
}

function contains([whole, bits]: Network, [address, length]: Network): boolean {
  return address.kind() === whole.kind() && length >= bits && address.match([whole, bits] as [never, number]);
}

function parse(networks: readonly string[]): readonly Network[] {
  let list = parsed.get(networks);
  if (list === undefined) {
    list = networks.map(networkOf).filter((network) => network !== undefined);
    parsed.set(networks, list);
  }
  return list;
}

/** A mapped network is the IPv4 one, where it lies within the mapped range. */
function networkOf(text: string): Network | undefined {
  const [host = '', bits, ...more] = text.split('/');
  const address =
    ipaddr.IPv4.isValidFourPartDecimal(host) || ipaddr.IPv6.isValid(host) ? ipaddr.parse(host) : undefined;
  if (address === undefined || more.length > 0 || host.includes('%')) return undefined;
  const whole = address.kind() === 'ipv4' ? 32 : 128;
  if (bits !== undefined && (!/^(0|[1-9]\d{0,2})$/.test(bits) || Number(bits) > whole)) return undefined;
  const length = bits === undefined ? whole : Number(bits);
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && length >= 96) {
    return [address.toIPv4Address(), length - 96];
  }
  return [address, length];
}
