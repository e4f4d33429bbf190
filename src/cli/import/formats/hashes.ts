import { type ImportedKey, nothingKnown } from '../imported-key.js';
import { readHash } from '../read-hash.js';
import { SourceRow } from '../source-row.js';

/** A line of `hash` or `hash,name`. Empty lines, and those that begin with #, are nothing. */
export function* readHashLines(text: string): Generator<SourceRow> {
  let place = 0;
  for (const untrimmed of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    place += 1;
    const line = untrimmed.trim();
    if (line === '' || line.startsWith('#')) continue;
    const comma = line.includes(',') ? line.indexOf(',') : line.length;
    yield new SourceRow(place, { hash: line.slice(0, comma).trim(), name: line.slice(comma + 1).trim() });
  }
}

export function readHashes(row: SourceRow): ImportedKey {
  return { ...nothingKnown, hash: readHash(row.required('hash')), name: row.text('name') };
}
