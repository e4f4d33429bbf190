import { escapeControls } from '../../server/logs/escape-controls.js';
import type { Terminal } from './terminal.js';

/** Writes one result: JSON in one line, or a field a line, without those that hold nothing. */
export function printOne(terminal: Terminal, result: object, json: boolean): void {
  terminal.print(json ? JSON.stringify(result) : fieldsOf(result));
}

/** Writes rows under a header, in columns. */
export function printTable(terminal: Terminal, cells: readonly (readonly string[])[]): void {
  const rows = cells.map((row) => row.map(escapeControls));
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  for (const row of rows) {
    terminal.print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}

export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (value instanceof Date) return value.toISOString();
  return escapeControls(typeof value === 'string' ? value : JSON.stringify(value));
}

function fieldsOf(result: object): string {
  const fields = Object.entries(result).filter(([, value]) => value !== null);
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${name.padEnd(width)}  ${textOf(value)}`).join('\n');
}
