import { cursorAfter, readCursor } from './cursor.js';

/** What a list was asked for, as its store wants it. `list` names the list with its filters; see `cursorAfter`. */
export function stretchOf({ limit, cursor }: { limit: number; cursor?: string }, list: string) {
  return { limit, after: cursor === undefined ? undefined : readCursor(cursor, list) };
}

/** The cursor for the page after these rows; `null` at the end. */
export function nextCursorOf(
  rows: readonly { readonly id: string }[],
  hasMore: boolean,
  list: string,
): string | null {
  const last = rows.at(-1);
  return hasMore && last !== undefined ? cursorAfter(last.id, list) : null;
}
