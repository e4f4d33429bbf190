import { escapeControls, escapeLines } from '../../server/logs/escape-controls.js';

interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

const mostShown = 20;

/** The first 20 lines, and how many more there are. */
export function firstOf(lines: readonly string[]): string[] {
  const more = lines.length - mostShown;
  return more <= 0 ? [...lines] : [...lines.slice(0, mostShown), `… and ${more} more`];
}

/** What a command uses of its process. */
export class Terminal {
  /** Of the command; if it fails, 1 unless it has set another. */
  exitCode = 0;

  constructor(
    private readonly out: Output,
    private readonly error: Output,
  ) {}

  /** Replaces the last line of standard error on a terminal, and writes nothing to a file or pipe. */
  showProgress(text: string): void {
    if (this.error.isTTY === true) this.error.write(`\r\u001b[K${escapeControls(text)}`);
  }

  /** Prints one line or several. Control characters are escaped, also within JSON. */
  print(text: string): void {
    this.out.write(`${escapeLines(text)}\n`);
  }

  /** The same on standard error. */
  printError(text: string): void {
    this.error.write(`${escapeLines(text)}\n`);
  }
}

/** Prints one result: JSON on one line, or one line for each field that is not null. */
export function printResult(terminal: Terminal, result: object, json: boolean): void {
  terminal.print(json ? JSON.stringify(result) : fieldsOf(result));
}

/** Prints rows in columns. */
export function printTable(terminal: Terminal, cells: readonly (readonly string[])[]): void {
  const rows = cells.map((row) => row.map(escapeControls));
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  for (const row of rows) {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    terminal.print(line.trimEnd());
  }
}

/** A value as one cell or field; `-` for an absent one. */
export function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (value instanceof Date) return value.toISOString();
  return escapeControls(typeof value === 'string' ? value : JSON.stringify(value));
}

function fieldsOf(result: object): string {
  const fields = Object.entries(result).filter(([, value]) => value !== null);
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${name.padEnd(width)}  ${cellOf(value)}`).join('\n');
}
