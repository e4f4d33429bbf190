import type { ImportedKey } from '../imported-key.js';
import { readJson, readRows } from '../read-rows.js';
import type { SourceRow } from '../source-row.js';
import { readBetterAuth } from './better-auth.js';
import { readHashes, readHashLines } from './hashes.js';
import { readMakima } from './makima.js';
import { readOxios } from './oxios.js';
import { readUnkey } from './unkey.js';

/** How the file of one system is read. */
export interface Format {
  rowsOf(text: string): Iterable<SourceRow>;
  /** Throws `BadLine`. */
  keyOf(row: SourceRow): ImportedKey;
}

const tables = ['keys', 'data', 'rows'];

/** The formats that keys can be imported from. Each keeps plain SHA-256, so their keys go on working. */
export const formats = {
  makima: { rowsOf: (text) => readRows(text, ['api_keys', ...tables]), keyOf: readMakima },
  oxios: { rowsOf: (text) => readJson(text, ['keys']), keyOf: readOxios },
  unkey: { rowsOf: (text) => readRows(text, tables), keyOf: readUnkey },
  'better-auth': {
    rowsOf: (text) => readRows(text, ['apikey', 'apiKeys', ...tables]),
    keyOf: readBetterAuth,
  },
  hashes: { rowsOf: readHashLines, keyOf: readHashes },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

export const formatNames = Object.keys(formats) as FormatName[];
