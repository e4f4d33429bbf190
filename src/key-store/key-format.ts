import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { base62 } from './base62.js';
import { isKeyPrefix, keyPrefixRule } from './key-prefix.js';
import type { Environment } from '../principal/authenticated-user.js';

/** A new key: the whole of it, to be shown once, and what may be stored. */
export interface MintedKey {
  readonly key: string;
  /** SHA-256 of `key`, lower-case hex. */
  readonly hash: string;
  /** The part that may be shown again. */
  readonly prefix: string;
}

/** What a key's text alone tells: worth a lookup, or refused without one. */
export type KeyShape = 'PLAUSIBLE' | 'MALFORMED' | 'CHECKSUM_FAILED';

const bodyLength = 43;
const checksumLength = 6;
const shownLength = 8;
const secret = new RegExp(`^[0-9A-Za-z]{${bodyLength + checksumLength}}$`);
const printable = /^[\x21-\x7e]{1,512}$/;
const toolKeyHead = 'tk_';

/** How keys are spelled: `<prefix>_<environment>_<body><checksum>` and `tk_<body><checksum>`. */
export class KeyFormat {
  private readonly headOf: Record<Environment, string>;

  constructor(prefix = 'mk') {
    if (!isKeyPrefix(prefix)) throw new Error(`A key prefix ${keyPrefixRule}.`);
    this.headOf = { live: `${prefix}_live_`, test: `${prefix}_test_` };
  }

  /** How keys of ours begin. */
  get heads(): string[] {
    return Object.values(this.headOf);
  }

  mintApiKey(environment: Environment): MintedKey {
    return mint(this.headOf[environment]);
  }

  mintToolKey(): MintedKey {
    return mint(toolKeyHead);
  }

  /** Keys of other systems may be imported, so any printable text without our head is plausible. */
  shapeOfApiKey(key: string): KeyShape {
    const head = key.startsWith(this.headOf.live) ? this.headOf.live : this.headOf.test;
    if (key.startsWith(head)) return shapeOf(key, head);
    return printable.test(key) ? 'PLAUSIBLE' : 'MALFORMED';
  }

  shapeOfToolKey(key: string): KeyShape {
    return isToolKey(key) ? shapeOf(key, toolKeyHead) : 'MALFORMED';
  }
}

/** True for what can only be a tool key. */
export function isToolKey(key: string): boolean {
  return key.startsWith(toolKeyHead);
}

/** Plain SHA-256, right for 256 random bits: nothing can be guessed, so nothing is gained by a slow hash. */
export function hashOfKey(key: string): string {
  return hash('sha256', key, 'hex');
}

function mint(head: string): MintedKey {
  const unchecked = head + base62(randomBytes(32), bodyLength);
  const key = unchecked + checksumOf(unchecked);
  return { key, hash: hashOfKey(key), prefix: key.slice(0, head.length + shownLength) };
}

function shapeOf(key: string, head: string): KeyShape {
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
