import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An IPv6 one with a zone and a port has no more. */
const longest = 80;
const port = String.raw`(?::\d{1,5})?`;
const withPort = new RegExp(String.raw`^(\d{1,3}(?:\.\d{1,3}){3})${port}$`);
const inBrackets = new RegExp(String.raw`^\[([\da-f:.]{2,45})(?:%[\w.-]{1,15})?\]${port}$`, 'i');
const withZone = /^([\da-f:.]{2,45})(?:%[\w.-]{1,15})?$/i;

/**
 * The one spelling of an IP address that is compared, counted and stored: without port, brackets and zone, IPv6 as
 * RFC 5952 has it, and an IPv4 address mapped into IPv6 as what it is. `null` for whatever is no address: proxies pass on
 * what they were sent.
 */
export function normalAddress(text: string | null | undefined): string | null {
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
