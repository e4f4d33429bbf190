import { normalAddress } from '../principal/address.js';
import type { HttpRequest } from './http-request.js';

/** The client's address in its one spelling, or `null`: a proxy passes on whatever it was sent. */
export function addressOf({ ip }: Pick<HttpRequest, 'ip'>): string | null {
  return normalAddress(ip);
}
