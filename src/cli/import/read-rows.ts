import { CsvError, parse } from 'csv-parse/sync';
import { BadFile, SourceRow } from './source-row.js';

/** Reads the rows of a JSON list, plain or as one of `lists` in an object, or of a CSV file with a header. */
export function readRows(text: string, lists: readonly string[]): Iterable<SourceRow> {
  const content = text.replace(/^\uFEFF/, '').trimStart();
  return /^[[{]/.test(content) ? readJson(content, lists) : readCsv(text);
}

/** Reads the rows of a JSON list only. */
export function* readJson(text: string, lists: readonly string[]): Generator<SourceRow> {
  for (const [index, row] of listIn(parsed(text), lists).entries()) {
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw new BadFile(`Entry ${index + 1} of the list is not an object`);
    yield new SourceRow(index + 1, row as Record<string, unknown>);
  }
}

/** Reads lines of `hash` or `hash,name`. Empty lines and lines that begin with # are skipped. */
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

function listIn(json: unknown, lists: readonly string[]): unknown[] {
  const found = Array.isArray(json)
    ? json
    : lists.map((name) => (json as Record<string, unknown> | null)?.[name]).find(Array.isArray);
  if (found === undefined)
    throw new BadFile(`The file has no list of keys (looked for: ${lists.join(', ')})`);
  return found;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    // Not chained: JSON.parse quotes the file.
    throw new BadFile('The file is not valid JSON');
  }
}

function readCsv(text: string): SourceRow[] {
  try {
    const options = { bom: true, columns: true, info: true, skip_empty_lines: true } as const;
    const rows = parse(text, options) as unknown as {
      record: Record<string, string>;
      info: { lines: number };
    }[];
    return rows.map(({ record, info }) => new SourceRow(info.lines, record));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new BadFile(`The file is not valid CSV, at line ${String(error.lines ?? '?')} (${error.code})`);
  }
}
