import { crc32 } from 'node:zlib';
import { AuthError } from '../principal/auth-error.js';

/** The most bytes of JSON in the rows of one page; a single row may be larger. */
export const maxPageBytes = 256 * 1024;

/** The page of a list to read from its store. `list` names the list with its filters; see `cursorAfter`. */
export function pageRequestOf({ limit, cursor }: { limit: number; cursor?: string }, list: string) {
  return { limit, after: cursor === undefined ? undefined : readCursor(cursor, list) };
}

/** Rows per query: a few large ones fill a page. */
const portionRows = 34;

/** One page of a list as it is shown; `nextCursor` is `null` at the end. */
interface Page<Row> {
  readonly rows: Row[];
  readonly nextCursor: string | null;
}

/**
 * The rows of one answer, which `read` returns as they are shown: up to `limit` after `after`, read in portions, as many as
 * `maxPageBytes` allow and one at least.
 */
export async function readPage<Row extends { readonly id: string }>(
  { limit, after }: { readonly limit: number; readonly after?: string },
  list: string,
  read: (portion: { readonly limit: number; readonly after?: string }) => Promise<readonly Row[]>,
): Promise<Page<Row>> {
  const filling = { rows: [] as Row[], bytes: 0 };
  for (;;) {
    const room = limit - filling.rows.length;
    const asked = Math.min(portionRows, room + 1);
    const portion = await read({ limit: asked, after: filling.rows.at(-1)?.id ?? after });
    const isFull = !fill(filling, portion.slice(0, room)) || portion.length > room;
    if (isFull || portion.length < asked) return pageWith(filling.rows, isFull, list);
  }
}

/** The rows of one answer: as many of these, which are shown as they are, as `maxPageBytes` allow and one at least. */
export function pageOf<Row extends { readonly id: string }>(
  rows: readonly Row[],
  hasMore: boolean,
  list: string,
): Page<Row> {
  const filling = { rows: [] as Row[], bytes: 0 };
  const isFull = !fill(filling, rows);
  return pageWith(filling.rows, isFull || hasMore, list);
}

/** Adds rows up to `maxPageBytes`, one at least; false if one is left out. */
function fill<Row>(filling: { readonly rows: Row[]; bytes: number }, rows: readonly Row[]): boolean {
  for (const row of rows) {
    filling.bytes += Buffer.byteLength(JSON.stringify(row)) + 1;
    if (filling.bytes > maxPageBytes && filling.rows.length > 0) return false;
    filling.rows.push(row);
  }
  return true;
}

function pageWith<Row extends { readonly id: string }>(
  rows: Row[],
  hasMore: boolean,
  list: string,
): Page<Row> {
  const last = rows.at(-1);
  return { rows, nextCursor: last === undefined || !hasMore ? null : cursorAfter(last.id, list) };
}

/**
 * An opaque cursor after the object `id`. It is valid only for its own list (`list` names the list with its
 * filters): elsewhere, or modified, it is rejected.
 */
function cursorAfter(id: string, list: string): string {
  const bytes = uuid.test(id) ? Buffer.from(id.replaceAll('-', ''), 'hex') : Buffer.from(id);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(`${list} ${id}`));
  return Buffer.concat([bytes, sum]).toString('base64url');
}

/** The id in a cursor; throws `VALIDATION_FAILED` for an invalid one. */
function readCursor(cursor: string, list: string): string {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.length > 4 && bytes.toString('base64url') === cursor) {
    const sum = bytes.readUInt32BE(bytes.length - 4);
    const id = idsIn(bytes.subarray(0, -4)).find((one) => crc32(`${list} ${one}`) === sum);
    if (id !== undefined) return id;
  }
  throw new AuthError('VALIDATION_FAILED', {
    details: [{ path: 'cursor', message: 'This cursor is not of this list.' }],
  });
}

/** Of any version: issuers choose the ids of users … */
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** … and of owners, which need not be UUIDs. */
const otherId = /^[\w.:-]{1,36}$/;

function idsIn(bytes: Buffer): string[] {
  const text = bytes.toString();
  const texts = otherId.test(text) ? [text] : [];
  if (bytes.length !== 16) return texts;
  return [bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'), ...texts];
}
