/** The default names of the headers in which keys and the owner are sent. */
export const defaultHeaders = {
  apiKey: ['X-API-Key', 'X-Makima-API-Key'],
  toolKey: ['X-Tool-Key', 'X-Makima-Tool-Key'],
  owner: 'X-Owner-Id',
} as const;

/** Headers that have another meaning to Gatehouse or to HTTP, in lower case. */
export const reservedHeaders: readonly string[] = [
  'authorization',
  'cookie',
  'host',
  'proxy-authorization',
  'x-agent-context',
];

/** RFC 9110 §5.1: a field name is a token. */
const token = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i;

export function isHeaderName(name: unknown): name is string {
  return typeof name === 'string' && token.test(name);
}
