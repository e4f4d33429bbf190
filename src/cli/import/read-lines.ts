import { hashOfKey } from '../../key-store/key-mint.js';
import { isPlainText } from '../../support/redact.js';
import type { Format } from './formats.js';
import type { ImportedKey } from './imported-key.js';
import { BadLine, type SourceRow } from './source-row.js';

/** One key of a file, or why it cannot be imported. */
export interface ImportLine {
  readonly place: number;
  readonly key: ImportedKey | null;
  readonly problem: string | null;
  /** Fields of the file that have no counterpart here. */
  readonly leftOut: readonly string[];
}

/** Reads the keys of a file, each on its own. Throws `BadFile` only if the file as a whole cannot be read. */
export function readLines({ readRows, readKey }: Format, text: string): ImportLine[] {
  const firstPlaces = new Map<string, number>();
  return Array.from(readRows(text), (row) => {
    try {
      const key = requireFit(readKey(row));
      const first = firstPlaces.get(key.hash);
      if (first !== undefined) throw new BadLine(`the same hash as ${first}`);
      firstPlaces.set(key.hash, row.place);
      requireNoLostRestriction(row);
      return { place: row.place, key, problem: null, leftOut: row.unread().map(({ name }) => name) };
    } catch (error) {
      return { place: row.place, key: null, problem: problemOf(error), leftOut: [] };
    }
  });
}

function requireFit(key: ImportedKey): ImportedKey {
  requireText('the name', key.name, 100);
  requireText('the prefix', key.prefix, 64);
  requireText('the owner', key.owner, 255);
  requireText('the id', key.id, 255);
  // What is displayed must not be the key itself.
  const shown = [key.name, key.prefix, key.id, key.owner];
  if (shown.some((text) => text !== null && hashOfKey(text) === key.hash))
    throw new BadLine('the whole key stands beside its hash, in a field that would be displayed');
  return key;
}

function requireText(what: string, text: string | null, longest: number): void {
  if (text === null) return;
  if (text.length > longest) throw new BadLine(`${what} is longer than ${longest} characters`);
  if (!isPlainText(text)) throw new BadLine(`${what} has control characters`);
}

function problemOf(error: unknown): string {
  if (error instanceof BadLine) return error.message;
  throw error;
}

/** Words in names of fields that restrict a key. */
const restricting = new Set(
  (
    'limit limits ratelimit ratelimits max quota quotas credit credits remaining refill budget ' +
    'scope scopes permission permissions role roles policy policies grants ' +
    'ip ips cidr cidrs network networks whitelist allowlist allowed denied restriction restrictions restricted ' +
    'origin origins referer referers referrer referrers domain domains ' +
    'expire expires expiry expiration ttl until'
  ).split(' '),
);

/** Names of fields that say whether a key works at all, and their values for a working key. */
const states: readonly (readonly [name: RegExp, harmless: RegExp])[] = [
  [/^(?:is)?(?:enabled?|active|valid)$/, /^(?:true|t|1)$/i],
  [
    /^(?:is)?(?:disabled?|revoked?|suspended?|blocked?|banned|deleted?|inactive|locked)(?:at|on|by|reason)?$/,
    /^(?:false|f|0)$/i,
  ],
  [/^(?:status|state)$/, /^(?:active|enabled|valid)$/i],
];

/** Values of such fields that restrict nothing. */
const emptyValues = new Set(['', '{}', '[]', 'null', 'false', 'f']);

/** Throws `BadLine` for an unread field that may restrict the key, as the key would be stronger without it. */
function requireNoLostRestriction(row: SourceRow): void {
  const lost = row.unread().find(({ name, value }) => mayRestrict(name, value));
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
  // The last use, for example, restricts nothing.
  return words[0] !== 'last' && words.some((word) => restricting.has(word)) && !emptyValues.has(text);
}
