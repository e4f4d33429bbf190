import { hashOfKey } from '../../key-store/key-mint.js';
import { isPlainText } from '../../support/redact.js';
import { BadLine } from './bad-line.js';
import type { Format } from './formats/formats.js';
import type { ImportedKey } from './imported-key.js';
import { requireNothingLost } from './require-nothing-lost.js';

/** What became of one key of a file: the key, or why it is none. */
export interface ImportLine {
  readonly place: number;
  readonly key: ImportedKey | null;
  readonly problem: string | null;
  /** Fields of the file that nothing here corresponds to. */
  readonly leftOut: readonly string[];
}

/** Reads a file in this format, each key by itself; only a file that cannot be read as a whole throws (`BadFile`). */
export function readLines({ rowsOf, keyOf }: Format, text: string): ImportLine[] {
  const firstOf = new Map<string, number>();
  return Array.from(rowsOf(text), (row) => {
    try {
      const key = checked(keyOf(row));
      const first = firstOf.get(key.hash);
      if (first !== undefined) throw new BadLine(`the same hash as ${first}`);
      firstOf.set(key.hash, row.place);
      requireNothingLost(row);
      return { place: row.place, key, problem: null, leftOut: row.leftOut().map(({ name }) => name) };
    } catch (error) {
      return { place: row.place, key: null, problem: problemOf(error), leftOut: [] };
    }
  });
}

function checked(key: ImportedKey): ImportedKey {
  requireText('the name', key.name, 100);
  requireText('the prefix', key.prefix, 64);
  requireText('the owner', key.owner, 255);
  requireText('the id', key.id, 255);
  // What is shown for ever must not be what opens the door.
  const shown = [key.name, key.prefix, key.id, key.owner];
  if (shown.some((text) => text !== null && hashOfKey(text) === key.hash))
    throw new BadLine('the whole key stands beside its hash, in a field that would be shown');
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
