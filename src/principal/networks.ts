import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An IPv6 one with a zone and a port has no more. */
const longest = 80;
const port = String.raw`(?::\d{1,5})?`;
const withPort = new RegExp(String.raw`^(\d{1,3}(?:\.\d{1,3}){3})${port}$`);
const inBrackets = new RegExp(String.raw`^\[([\da-f:.]{2,45})(?:%[\w.-]{1,15})?\]${port}$`, 'i');
const withZone = /^([\da-f:.]{2,45})(?:%[\w.-]{1,15})?$/i;

/**
 * The normalized spelling of an IP address that is compared, counted and stored: without port, brackets and zone, IPv6 as
 * in RFC 5952, and an IPv4-mapped IPv6 address as IPv4. `null` for any other text: proxies forward
 * whatever they receive.
 */
export function normalizeAddress(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  if (isIPv4(text)) return text;
  if (text.length > longest) return null;
  const trimmed = text.trim();
  const [, v4] = withPort.exec(trimmed) ?? [];
  if (v4 !== undefined) return isIPv4(v4) ? v4 : null;
  const [, v6] = inBrackets.exec(trimmed) ?? withZone.exec(trimmed) ?? [];
  if (v6 === undefined || !v6.includes(':') || !ipaddr.IPv6.isValid(v6)) return null;
  return ipaddr.process(v6).toString();
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/** True for an IPv4 or IPv6 address, or a network `address/bits`. */
export function isNetwork(text: string): boolean {
  return networkOf(text) !== undefined;
}

const parsed = new WeakMap<readonly string[], readonly Network[]>();

/**
 * True when `ip` is in one of `networks`. An IPv4 address mapped into IPv6 counts as what it is. A list is parsed once,
 * so it must not be modified afterwards.
 */
export function isInNetworks(ip: string | null, networks: readonly string[]): boolean {
  const normal = normalizeAddress(ip);
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

/** The networks of either list that lie within the other: of two networks that overlap, one contains the other. */
export function sharedNetworks(some: readonly string[], others: readonly string[]): string[] {
  const within = (list: readonly string[], outer: readonly string[]) =>
    list.filter((network) => liesWithin([network], outer));
  return [...new Set([...within(some, others), ...within(others, some)])];
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
