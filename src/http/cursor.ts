import { crc32 } from 'node:zlib';
import { parse, stringify, validate } from 'uuid';
import { AuthError } from '../principal/auth-error.js';

/**
 * The opaque place in a list after the object `id`. It belongs to the list it was made for (`list` names it with its
 * filters): anywhere else, or changed, it is refused.
 */
export function cursorAfter(id: string, list: string): string {
  const bytes = Buffer.alloc(20);
  bytes.set(parse(id));
  bytes.writeUInt32BE(crc32(`${list} ${id}`), 16);
  return bytes.toString('base64url');
}

/** The id in a cursor; `VALIDATION_FAILED` for a cursor that is not ours. */
export function readCursor(cursor: string, list: string): string {
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
