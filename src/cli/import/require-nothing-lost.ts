import { BadLine } from './bad-line.js';
import type { SourceRow } from './source-row.js';

/** Words in the names of fields that say how little a key may do. */
const restricting = new Set(
  (
    'limit limits ratelimit ratelimits max quota quotas credit credits remaining refill budget ' +
    'scope scopes permission permissions role roles policy policies grants ' +
    'ip ips cidr cidrs network networks whitelist allowlist allowed denied restriction restrictions restricted ' +
    'origin origins referer referers referrer referrers domain domains ' +
    'expire expires expiry expiration ttl until'
  ).split(' '),
);

/** Names of fields that say whether a key may do anything at all, and their values when it may. */
const states: readonly (readonly [name: RegExp, harmless: RegExp])[] = [
  [/^(?:is)?(?:enabled?|active|valid)$/, /^(?:true|t|1)$/i],
  [
    /^(?:is)?(?:disabled?|revoked?|suspended?|blocked?|banned|deleted?|inactive|locked)(?:at|on|by|reason)?$/,
    /^(?:false|f|0)$/i,
  ],
  [/^(?:status|state)$/, /^(?:active|enabled|valid)$/i],
];

/** What such a field holds when it restricts nothing. */
const nothing = new Set(['', '{}', '[]', 'null', 'false', 'f']);

/**
 * Throws `BadLine` for a field that nothing here corresponds to and that may hold the key back: without it the key would be
 * stronger than it was.
 */
export function requireNothingLost(row: SourceRow): void {
  const lost = row.leftOut().find(({ name, value }) => mayRestrict(name, value));
  if (lost === undefined) return;
  throw new BadLine(
    `${lost.name} may restrict it, and cannot be kept: restrict the key here by other means, and take the field out of the file`,
  );
}

function mayRestrict(path: string, value: unknown): boolean {
  const name = path.slice(path.lastIndexOf('.') + 1);
  const text = (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).trim();
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  const [, harmless] = states.find(([pattern]) => pattern.test(words.join(''))) ?? [];
  if (harmless !== undefined) return !harmless.test(text);
  // What happened to it last restricts nothing.
  return words[0] !== 'last' && words.some((word) => restricting.has(word)) && !nothing.has(text);
}
