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

/** The environment whose keys are good in this application; `null`: those of both are. */
export class KeyEnvironment {
  constructor(readonly only: Environment | null = null) {}

  /** What a key is made for when nobody says. */
  get usual(): Environment {
    return this.only ?? 'live';
  }

  /** A tool key that a person issued is of no environment, and good in each. */
  admits(environment: Environment | null): boolean {
    return this.only === null || environment === null || environment === this.only;
  }
}

/** A new key: the whole of it, to be shown once, and what may be stored. */
export interface MintedKey extends KeyText {
  /** SHA-256 of `key`, lower-case hex. */
  readonly hash: string;
}

/** Makes keys, and tells from a text alone whether it can be one. API keys are spelled as a `KeyFormat` has it. */
export class KeyMint {
  /** `faults`: for a format of the application's own. */
  constructor(
    private readonly format: KeyFormat = new PrefixedKeyFormat(),
    private readonly faults?: ExtensionCalls,
  ) {}

  /** How API keys begin. */
  get heads(): readonly string[] {
    return this.format.heads;
  }

  mintApiKey(environment: Environment): MintedKey {
    try {
      return minted(this.textFor(environment));
    } catch (error) {
      const message = 'No key can be made at the moment.';
      throw this.faults?.failure(this.format.constructor.name, error, { message }) ?? error;
    }
  }

  /** The format may be anybody's: what it promised at start is looked at again. */
  private textFor(environment: Environment): KeyText {
    const { key, prefix } = this.format.create(environment);
    const [fault] = faultsOfKeyText({ key, prefix }, this.format);
    if (fault !== undefined) throw new Error(`${this.format.constructor.name} made a key that ${fault}`);
    return { key, prefix };
  }

  mintToolKey(): MintedKey {
    return minted(createChecksummedKey(toolKeyHead));
  }

  /** Keys of other systems may be imported, so any printable text without our head is plausible. */
  shapeOfApiKey(key: string): KeyShape {
    if (!isPrintableKey(key)) return 'MALFORMED';
    return this.format.heads.some((head) => key.startsWith(head)) ? this.recognised(key) : 'PLAUSIBLE';
  }

  /** A format that fails at a text, which may be anybody's, has nothing against it: whether it is a key is then looked up. */
  private recognised(key: string): KeyShape {
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

/** Plain SHA-256, right for 256 random bits: nothing can be guessed, so nothing is gained by a slow hash. */
export function hashOfKey(key: string): string {
  return hash('sha256', key, 'hex');
}

function minted({ key, prefix }: KeyText): MintedKey {
  return { key, prefix, hash: hashOfKey(key) };
}
