import { cursorAfter, readCursor } from './cursor.js';

/** The most bytes of JSON in the rows of one page; a single row may be larger. */
export const maxPageBytes = 256 * 1024;

/** What a list was asked for, as its store wants it. `list` names the list with its filters; see `cursorAfter`. */
export function stretchOf({ limit, cursor }: { limit: number; cursor?: string }, list: string) {
  return { limit, after: cursor === undefined ? undefined : readCursor(cursor, list) };
}

/**
 * The rows of one answer, as many of these, which are shown as they are, as `maxPageBytes` allow and one at least; and
 * the cursor for the page after them, `null` at the end.
 */
export function pageOf<Row extends { readonly id: string }>(
  rows: readonly Row[],
  hasMore: boolean,
  list: string,
): { readonly rows: Row[]; readonly nextCursor: string | null } {
  let bytes = 0;
  const isTooMuch = (row: Row) => (bytes += Buffer.byteLength(JSON.stringify(row)) + 1) > maxPageBytes;
  const end = rows.findIndex((row, index) => isTooMuch(row) && index > 0);
  const page = end === -1 ? rows.slice() : rows.slice(0, end);
  const last = page.at(-1);
  const isLast = last === undefined || (end === -1 && !hasMore);
  return { rows: page, nextCursor: isLast ? null : cursorAfter(last.id, list) };
}
