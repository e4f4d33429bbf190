import type { HttpRequest } from './http-request.js';

/** The longest an address can be, an IPv4 one within an IPv6 one. */
const longest = 45;

/** The client's address, or `null`: what is longer is none, and cut short it might look like one. */
export function addressOf({ ip }: Pick<HttpRequest, 'ip'>): string | null {
  return ip === undefined || ip.length > longest ? null : ip;
}
