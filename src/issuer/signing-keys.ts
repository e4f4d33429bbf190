import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ConfigurationError } from '../support/errors.js';
import { writePrivateFile, readPrivateFile } from '../support/private-file.js';
import {
  formatSigningKeys,
  newSigningKeyPem,
  parseSigningKeys,
  type SigningKey,
  signingKeyFileIn,
  type StoredSigningKey,
} from './signing-key-file.js';

/** Which key signs and which are published at one time. */
export interface SigningState {
  readonly signing: SigningKey;
  /** The JWK Set (RFC 7517 §5): the signing key, future keys, and keys whose tokens are still accepted. */
  readonly jwks: { readonly keys: readonly SigningKey['jwk'][] };
}

/** A state and the wall-clock milliseconds during which it does not change. */
interface CachedState extends SigningState {
  readonly from: number;
  readonly until: number;
}

/** The key pairs of the built-in issuer, from `<dataDir>/signing-key.pem`, which a rotation changes at run time. */
export class SigningKeys {
  private cached: CachedState | undefined;

  private constructor(
    private readonly file: string,
    private keys: readonly StoredSigningKey[],
    private stamp: string,
    /** True if this call of `open` created the file. */
    readonly isNew: boolean,
  ) {}

  /**
   * Reads the file, or creates it with mode 0600 if it is missing. Throws a `ConfigurationError` if the file is damaged,
   * as a new key in its place would silently invalidate all tokens, or if another user may have written it. `warn` is told of a
   * file that stays open to a group.
   */
  static open(dataDir: string, warn?: (text: string) => void): SigningKeys {
    const file = signingKeyFileIn(dataDir);
    const found = readPrivateFile(file, warn);
    const { text, isNew } = found === undefined ? create(file) : { text: found, isNew: false };
    return new SigningKeys(file, parse(file, text), stampOf(statSync(file)), isNew);
  }

  /** The id of the newest key: the one without an end. */
  get newestKid(): string {
    return this.keys.find(({ publishedUntil }) => publishedUntil === null)?.jwk.kid ?? '';
  }

  /** The state at wall-clock `now`, in milliseconds; the same object until it changes. No I/O. */
  at(now: number): SigningState {
    if (this.cached === undefined || now < this.cached.from || now >= this.cached.until)
      this.cached = stateAt(this.keys, now);
    return this.cached;
  }

  /** Reads the file again if it has changed; true if it had. A failure leaves the keys as they were. */
  async refresh(): Promise<boolean> {
    const stamp = stampOf(await stat(this.file));
    if (stamp === this.stamp) return false;
    this.keys = parse(this.file, readPrivateFile(this.file) ?? '');
    this.stamp = stamp;
    this.cached = undefined;
    return true;
  }
}

function stateAt(keys: readonly StoredSigningKey[], now: number): CachedState {
  const published = keys.filter(({ publishedUntil }) => publishedUntil === null || now < publishedUntil);
  const newestFirst = published.toSorted((a, b) => b.signsFrom - a.signsFrom);
  // If the clock is before all of them, the oldest key signs.
  const signing =
    newestFirst.find(({ signsFrom }) => signsFrom <= now) ?? (newestFirst.at(-1) as StoredSigningKey);
  const changes = keys.flatMap(({ signsFrom, publishedUntil }) => [signsFrom, publishedUntil ?? Infinity]);
  return {
    signing,
    jwks: { keys: [signing, ...newestFirst.filter((key) => key !== signing)].map(({ jwk }) => jwk) },
    from: Math.max(...changes.filter((time) => time <= now), -Infinity),
    until: Math.min(...changes.filter((time) => time > now), Infinity),
  };
}

function parse(file: string, text: string): readonly StoredSigningKey[] {
  const keys = parseSigningKeys(text);
  if (keys !== undefined) return keys;
  throw new ConfigurationError([`DATA_DIR: ${file} is not the PEM of an EC P-256 private key`]);
}

function stampOf({ ino, mtimeMs, size }: { ino: number; mtimeMs: number; size: number }): string {
  return `${ino} ${mtimeMs} ${size}`;
}

/** If several processes create the file at once, the first one wins and all read the same key. */
function create(file: string): { readonly text: string; readonly isNew: boolean } {
  const first = formatSigningKeys([{ pem: newSigningKeyPem(), signsFrom: 0, publishedUntil: null }]);
  writePrivateFile(file, first, 'keep');
  const text = readPrivateFile(file) ?? '';
  return { text, isNew: text === first };
}
