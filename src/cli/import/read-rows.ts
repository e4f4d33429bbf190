import { CsvError, parse } from 'csv-parse/sync';
import { BadFile } from './bad-line.js';
import { SourceRow } from './source-row.js';

/** The rows of a JSON list (alone, or as one of `lists` in an object) or of a CSV file with a header. */
export function readRows(text: string, lists: readonly string[]): Iterable<SourceRow> {
  const content = text.replace(/^\uFEFF/, '').trimStart();
  return /^[[{]/.test(content) ? readJson(content, lists) : readCsv(text);
}

/** A JSON list and nothing else will do. */
export function* readJson(text: string, lists: readonly string[]): Generator<SourceRow> {
  for (const [index, row] of listIn(parsed(text), lists).entries()) {
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw new BadFile(`Entry ${index + 1} of the list is no object`);
    yield new SourceRow(index + 1, row as Record<string, unknown>);
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
    // The reason that JSON.parse gives repeats a piece of the file.
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
