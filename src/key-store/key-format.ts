import type { Environment } from '../principal/authenticated-user.js';

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
