import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { base62 } from '../support/base62.js';
import { bodyLength, checksumLength } from '../support/proven-keys.js';
import type { KeyShape, KeyText } from './key-format.js';

const shownLength = 8;
const secret = new RegExp(`^[0-9A-Za-z]{${bodyLength + checksumLength}}$`);

/** A new key `<head><body><checksum>`: 256 random bits, and the CRC32 of everything before it. */
export function createChecksummedKey(head: string): KeyText {
  const unchecked = head + base62(randomBytes(32), bodyLength);
  return { key: unchecked + checksumOf(unchecked), prefix: unchecked.slice(0, head.length + shownLength) };
}

/** What can be told of a text that begins with the head. */
export function shapeOfChecksummedKey(key: string, head: string): KeyShape {
  if (key.length !== head.length + bodyLength + checksumLength || !secret.test(key.slice(head.length)))
    return 'MALFORMED';
  const checked = key.length - checksumLength;
  return checksumOf(key.slice(0, checked)) === key.slice(checked) ? 'PLAUSIBLE' : 'CHECKSUM_FAILED';
}

function checksumOf(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return base62(bytes, checksumLength);
}
