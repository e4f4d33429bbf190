import ipaddr from 'ipaddr.js';
import { normalAddress } from '../principal/address.js';

/**
 * The addresses that count as one sender. A subscriber of IPv6 is given a /64 at least (RFC 6177) and may send from any
 * of its 2^64 addresses, so those are one; an IPv4 address, also one mapped into IPv6, stands for itself.
 */
export function addressGroupOf(ip: string | null): string {
  const normal = normalAddress(ip);
  if (normal === null) return 'unknown';
  if (!normal.includes(':')) return normal;
  return `${ipaddr.IPv6.parse(normal)
    .parts.slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
