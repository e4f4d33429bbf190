import type { Environment } from '../principal/authenticated-user.js';
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { base62, base62OfNumber, bodyLength, checksumLength } from '../support/find-keys.js';

/** Result of the check of a key's text. Only `PLAUSIBLE` keys are looked up. */
export type KeyShape = 'PLAUSIBLE' | 'MALFORMED' | 'CHECKSUM_FAILED';

/** The text of a new key. */
export interface KeyText {
  /** The whole key: 24 to 512 visible ASCII characters. */
  readonly key: string;
  /** The beginning of the key, for display: at most 40 characters and half of the key. */
  readonly prefix: string;
}

/**
 * The format of API keys. An application can set its own with `AuthModule.forRoot({ keyFormat: MyKeyFormat })`. In any
 * format, only the SHA-256 of a key is stored, and keys of earlier formats still work.
 */
export abstract class KeyFormat {
  /** The possible beginnings of its keys, 3 to 32 characters each, by which secret scanners find them. */
  abstract readonly heads: readonly string[];

  /** A new key with at least 128 random bits after the prefix. */
  abstract create(environment: Environment): KeyText;

  /** Checks a text of up to 512 characters that begins with one of the heads. The text is untrusted. */
  abstract recognise(key: string): KeyShape;
}

/** Injection token of an application's own `KeyFormat`. */
export const customKeyFormat = Symbol('customKeyFormat');

/** The default format: `<prefix>_<environment>_<body><checksum>`. */
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

/** True for a valid prefix of API keys. `tk` is the prefix of tool keys. */
export function isKeyPrefix(prefix: unknown): boolean {
  return typeof prefix === 'string' && /^[a-z][a-z0-9]{0,15}$/.test(prefix) && prefix !== 'tk';
}

export const toolKeyHead = 'tk_';

/** True for a text with the prefix of tool keys. */
export function isToolKey(key: string): boolean {
  return key.startsWith(toolKeyHead);
}

const shownBodyLength = 8;
const secret = new RegExp(`^[0-9A-Za-z]{${bodyLength + checksumLength}}$`);

/** A new key `<head><body><checksum>`: a body of 256 random bits, and the CRC32 of everything before the checksum. */
export function createChecksummedKey(head: string): KeyText {
  const unchecked = head + base62(randomBytes(32), bodyLength);
  return {
    key: unchecked + checksumOf(unchecked),
    prefix: unchecked.slice(0, head.length + shownBodyLength),
  };
}

/** Checks a text that begins with `head`. */
export function shapeOfChecksummedKey(key: string, head: string): KeyShape {
  if (key.length !== head.length + bodyLength + checksumLength || !secret.test(key.slice(head.length)))
    return 'MALFORMED';
  const checked = key.length - checksumLength;
  return checksumOf(key.slice(0, checked)) === key.slice(checked) ? 'PLAUSIBLE' : 'CHECKSUM_FAILED';
}

function checksumOf(text: string): string {
  return base62OfNumber(crc32(text), checksumLength);
}
