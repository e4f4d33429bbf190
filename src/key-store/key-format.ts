import type { Environment } from '../principal/authenticated-user.js';
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { base62, bodyLength, checksumLength } from '../support/find-keys.js';

/** What a key's text alone tells: worth a lookup, or refused without one. */
export type KeyShape = 'PLAUSIBLE' | 'MALFORMED' | 'CHECKSUM_FAILED';

/** The text of a new key. */
export interface KeyText {
  /** The whole key: 24 to 512 visible ASCII characters. */
  readonly key: string;
  /** Its beginning, which may be shown again: at most 40 characters and half of the key. */
  readonly prefix: string;
}

/**
 * How API keys are spelled. An application gives its own in `AuthModule.forRoot({ keyFormat: MyKeyFormat })`. Whatever it
 * is, a key is stored as its SHA-256 only; and keys that were made in another format go on working.
 */
export abstract class KeyFormat {
  /** How its keys begin: 3 to 32 characters each, by which secret scanners know them. */
  abstract readonly heads: readonly string[];

  /** A key that nobody can guess: at least 128 random bits behind the prefix. */
  abstract create(environment: Environment): KeyText;

  /** Whether a text with one of the heads can be a key at all. It may be anybody's, of up to 512 characters. */
  abstract recognise(key: string): KeyShape;
}

/** Token under which an application provides a `KeyFormat` of its own. */
export const customKeyFormat = Symbol('own KeyFormat');

/** The usual format: `<prefix>_<environment>_<body><checksum>`. */
export class PrefixedKeyFormat extends KeyFormat {
  override readonly heads: readonly string[];
  private readonly headOf: Record<Environment, string>;

  constructor(prefix = 'mk') {
    super();
    if (!isKeyPrefix(prefix)) throw new Error(`A key prefix ${keyPrefixRule}.`);
    this.headOf = { live: `${prefix}_live_`, test: `${prefix}_test_` };
    this.heads = Object.values(this.headOf);
  }

  override create(environment: Environment): KeyText {
    return createChecksummedKey(this.headOf[environment]);
  }

  override recognise(key: string): KeyShape {
    const { live, test } = this.headOf;
    return shapeOfChecksummedKey(key, key.startsWith(live) ? live : test);
  }
}

export const keyPrefixRule = 'is 1 to 16 of a-z and 0-9, begins with a letter and is not "tk"';

/** True for what API keys may begin with; tool keys begin with `tk`. */
export function isKeyPrefix(prefix: unknown): boolean {
  return typeof prefix === 'string' && /^[a-z][a-z0-9]{0,15}$/.test(prefix) && prefix !== 'tk';
}

export const toolKeyHead = 'tk_';

/** True for what can only be a tool key. */
export function isToolKey(key: string): boolean {
  return key.startsWith(toolKeyHead);
}

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
