import type { Environment } from '../principal/authenticated-user.js';
import { hash } from 'node:crypto';
import type { ExtensionCalls } from '../support/extension-calls.js';
import {
  createChecksummedKey,
  isToolKey,
  type KeyFormat,
  type KeyShape,
  type KeyText,
  PrefixedKeyFormat,
  shapeOfChecksummedKey,
  toolKeyHead,
} from './key-format.js';
import { faultsOfKeyText, isPrintableKey } from './check-key-format.js';

/** The environment whose keys this application accepts; `null` for both. */
export class KeyEnvironment {
  constructor(readonly only: Environment | null = null) {}

  /** The environment of a new key without a requested one. */
  get default(): Environment {
    return this.only ?? 'live';
  }

  /** A tool key issued with a JWT has no environment and is accepted in both. */
  allows(environment: Environment | null): boolean {
    return this.only === null || environment === null || environment === this.only;
  }
}

/** A new key: the whole key, to be shown once, and the parts that are stored. */
export interface MintedKey extends KeyText {
  /** SHA-256 of `key`, lower-case hex. */
  readonly hash: string;
}

/** Creates keys, and checks the text of keys without a lookup. API keys follow a `KeyFormat`. */
export class KeyMint {
  /** `extensions`: for an application's own format, whose errors become 503. */
  constructor(
    private readonly format: KeyFormat = new PrefixedKeyFormat(),
    private readonly extensions?: ExtensionCalls,
  ) {}

  /** The possible beginnings of API keys. */
  get heads(): readonly string[] {
    return this.format.heads;
  }

  mintApiKey(environment: Environment): MintedKey {
    try {
      return minted(this.createText(environment));
    } catch (error) {
      const message = 'No key can be created at the moment.';
      throw this.extensions?.failure(this.format.constructor.name, error, { message }) ?? error;
    }
  }

  /** Checks each key: an application's own format may break the rules after the start. */
  private createText(environment: Environment): KeyText {
    const { key, prefix } = this.format.create(environment);
    const [fault] = faultsOfKeyText({ key, prefix }, this.format);
    if (fault !== undefined) throw new Error(`${this.format.constructor.name} made a key that ${fault}`);
    return { key, prefix };
  }

  mintToolKey(): MintedKey {
    return minted(createChecksummedKey(toolKeyHead));
  }

  /** Keys of other systems can be imported, so any printable text without a known head is plausible. */
  shapeOfApiKey(key: string): KeyShape {
    if (!isPrintableKey(key)) return 'MALFORMED';
    return this.format.heads.some((head) => key.startsWith(head)) ? this.recognise(key) : 'PLAUSIBLE';
  }

  /** When the format throws, the text is looked up. */
  private recognise(key: string): KeyShape {
    try {
      const shape = this.format.recognise(key);
      return shape === 'MALFORMED' || shape === 'CHECKSUM_FAILED' ? shape : 'PLAUSIBLE';
    } catch {
      return 'PLAUSIBLE';
    }
  }

  shapeOfToolKey(key: string): KeyShape {
    return isToolKey(key) ? shapeOfChecksummedKey(key, toolKeyHead) : 'MALFORMED';
  }
}

/** Plain SHA-256: a slow hash gains nothing for keys of 256 random bits, which cannot be guessed. */
export function hashOfKey(key: string): string {
  return hash('sha256', key, 'hex');
}

function minted({ key, prefix }: KeyText): MintedKey {
  return { key, prefix, hash: hashOfKey(key) };
}
