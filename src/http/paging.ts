import { crc32 } from 'node:zlib';
import { parse, stringify, validate } from 'uuid';
import { AuthError } from '../principal/auth-error.js';

/** The most bytes of JSON in the rows of one page; a single row may be larger. */
export const maxPageBytes = 256 * 1024;

/** The page of a list to read from its store. `list` names the list with its filters; see `cursorAfter`. */
export function pageRequestOf({ limit, cursor }: { limit: number; cursor?: string }, list: string) {
  return { limit, after: cursor === undefined ? undefined : readCursor(cursor, list) };
}

/** Rows per query: a few large ones fill a page. */
const portionRows = 34;

/** Up to `limit` rows after `after`, read in portions until they fill a page, and whether there are more. */
export async function readPage<Row extends { readonly id: string }>(
  { limit, after }: { readonly limit: number; readonly after?: string },
  read: (portion: { readonly limit: number; readonly after?: string }) => Promise<Row[]>,
): Promise<{ readonly rows: Row[]; readonly hasMore: boolean }> {
  const rows: Row[] = [];
  for (let bytes = 0; ;) {
    const asked = Math.min(portionRows, limit + 1 - rows.length);
    const portion = await read({ limit: asked, after: rows.at(-1)?.id ?? after });
    rows.push(...portion);
    for (const row of portion) bytes += Buffer.byteLength(JSON.stringify(row));
    const isEnd = portion.length < asked;
    if (isEnd || rows.length > limit) return { rows: rows.slice(0, limit), hasMore: rows.length > limit };
    if (bytes > maxPageBytes) return { rows, hasMore: true };
  }
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

/**
 * An opaque cursor after the object `id`. It is valid only for its own list (`list` names the list with its
 * filters): elsewhere, or modified, it is rejected.
 */
function cursorAfter(id: string, list: string): string {
  const bytes = Buffer.alloc(20);
  bytes.set(parse(id));
  bytes.writeUInt32BE(crc32(`${list} ${id}`), 16);
  return bytes.toString('base64url');
}

/** The id in a cursor; throws `VALIDATION_FAILED` for an invalid one. */
function readCursor(cursor: string, list: string): string {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.length === 20 && bytes.toString('base64url') === cursor) {
    const id = stringifyLoosely(bytes);
    if (validate(id) && bytes.readUInt32BE(16) === crc32(`${list} ${id}`)) return id;
  }
  throw new AuthError('VALIDATION_FAILED', {
    details: [{ path: 'cursor', message: 'This cursor is not of this list.' }],
  });
}

function stringifyLoosely(bytes: Uint8Array): string {
  try {
    return stringify(bytes.subarray(0, 16));
  } catch {
    return '';
  }
}
