import { dataOf } from '../../../src/client/index.js';
import type { Session } from '../session.js';
import { type AuditEvent, type AuditFilters, columns, cellOf, rowOf } from './audit.js';

export type ExportFormat = 'ndjson' | 'csv';

/** Where the text of an export goes, in order. */
export interface ExportSink {
  /** False if it has no more room: nothing of the text was kept. */
  write(text: string): Promise<boolean>;
  close(): Promise<void>;
  /** Leaves nothing behind. */
  abort(): Promise<void>;
}

export interface Exported {
  readonly events: number;
  /** The sink was full: older events are missing. */
  readonly isCut: boolean;
}

interface ExportOptions {
  readonly filters: AuditFilters;
  readonly format: ExportFormat;
  readonly sink: ExportSink;
  readonly signal: AbortSignal;
  onProgress(events: number): void;
}

/** Reads all events that match, the newest first, and writes each batch of them before it reads on. */
export async function exportEvents(
  { client }: Session,
  { filters, format, sink, signal, onProgress }: ExportOptions,
): Promise<Exported> {
  const query = { ...filters, format: 'ndjson' as const };
  let events = 0;
  try {
    const answer = client.GET('/api/v1/admin/audit-events', { params: { query }, parseAs: 'stream', signal });
    const body = (await dataOf(answer as Promise<{ response: Response }>)) as ReadableStream<Uint8Array>;
    if (format === 'csv') await sink.write(lineOf(columns));
    for await (const lines of linesOf(body)) {
      const text = lines.map(format === 'csv' ? toRow : toLine).join('');
      if (!(await sink.write(text))) {
        await sink.close();
        return { events, isCut: true };
      }
      events += lines.length;
      onProgress(events);
    }
    await sink.close();
    return { events, isCut: false };
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

const toLine = (line: string) => `${line}\n`;
const toRow = (line: string) => lineOf(rowOf(JSON.parse(line) as AuditEvent));
const lineOf = (cells: readonly string[]) => `${cells.map(cellOf).join(',')}\r\n`;

/** The whole lines of each piece. Whoever leaves early ends the request. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string[]> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value = '' } = await reader.read();
      const lines = (rest + value).split('\n');
      rest = lines.pop() ?? '';
      const whole = lines.filter((line) => line !== '');
      if (whole.length > 0) yield whole;
      if (done && rest !== '') throw new TypeError('The answer ended early.');
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Without a file to write to, a page keeps so much of an export. */
export const mostBytes = 100 * 1_000_000;

type SavePicker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;

/**
 * A file that the person chooses, where the browser can write to one; else a download that is kept until it is complete.
 * Must be called by a click. `undefined` if they choose none.
 */
export async function openSink(format: ExportFormat): Promise<ExportSink | undefined> {
  const suggestedName = `audit.${format}`;
  const { showSaveFilePicker: pick } = window as { readonly showSaveFilePicker?: SavePicker };
  if (pick === undefined) return downloadOf(suggestedName);
  try {
    const file = await (await pick({ suggestedName })).createWritable();
    return {
      write: (text) => file.write(text).then(() => true),
      close: () => file.close(),
      abort: () => file.abort().catch(() => undefined),
    };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}

function downloadOf(name: string): ExportSink {
  let parts: Blob[] = [];
  let bytes = 0;
  return {
    async write(text) {
      // A browser may keep a blob on disk, unlike a string.
      const part = new Blob([text]);
      if (bytes + part.size > mostBytes) return false;
      bytes += part.size;
      parts.push(part);
      return true;
    },
    async close() {
      const url = URL.createObjectURL(new Blob(parts));
      Object.assign(document.createElement('a'), { href: url, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
      parts = [];
    },
    async abort() {
      parts = [];
    },
  };
}
