import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Where an address is: on this machine, in a network of its own, or on the Internet. */
export type Reach = 'loopback' | 'private' | 'public';

/** Addresses that are not assigned to hosts of the Internet count as private. */
export function reachOf(address: string): Reach {
  const range = ipaddr.process(address.replace(/%.*$/, '')).range();
  // A connection to the unspecified address goes to this machine.
  if (range === 'loopback' || range === 'unspecified') return 'loopback';
  return range === 'unicast' ? 'public' : 'private';
}

const order: readonly Reach[] = ['loopback', 'private', 'public'];

/** True for an address that is nearer to this machine than `from`: only this machine can be led there. */
export function isNearer(address: string, from: Reach): boolean {
  return order.indexOf(reachOf(address)) < order.indexOf(from);
}

/** The host of a URL, an IPv6 address without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

/** True for a URL whose host is this machine by its name or address: there `http:` is as good as `https:`. */
export function isLoopback(url: URL): boolean {
  const host = hostOf(url);
  if (isIP(host) !== 0) return reachOf(host) === 'loopback';
  return host === 'localhost' || host.endsWith('.localhost');
}
