import { type ImportedKey, nothingKnown } from '../imported-key.js';
import { readHash } from '../read-hash.js';
import { SourceRow } from '../source-row.js';

/** A line of `hash` or `hash,name`. Empty lines, and those that begin with #, are nothing. */
export function readHashLines(text: string): SourceRow[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.trim(), place: index + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
    .map(({ line, place }) => {
      const comma = line.includes(',') ? line.indexOf(',') : line.length;
      return new SourceRow(place, { hash: line.slice(0, comma).trim(), name: line.slice(comma + 1).trim() });
    });
}

export function readHashes(row: SourceRow): ImportedKey {
  return { ...nothingKnown, hash: readHash(row.required('hash')), name: row.text('name') };
}
