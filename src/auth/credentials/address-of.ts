import type { HttpRequest } from './http-request.js';

/** Of an IPv4 or IPv6 address, perhaps with a port or a zone, at most as long as an IPv4 one within an IPv6 one. */
const shape = /^(?=.{2,45}$)[\da-f:.[\]]+(?:%\w{1,15})?$/i;

/** The client's address, or `null`: a proxy passes on whatever it was sent, and that goes into logs and the audit trail. */
export function addressOf({ ip }: Pick<HttpRequest, 'ip'>): string | null {
  return ip === undefined || !shape.test(ip) ? null : ip;
}
