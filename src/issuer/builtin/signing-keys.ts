import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ConfigurationError } from '../../support/errors.js';
import { writePrivateFile, readPrivateFile } from '../../support/private-file.js';
import {
  formatSigningKeys,
  parseSigningKeys,
  signingKeyFileIn,
  type StoredSigningKey,
} from './signing-key-file.js';
import { newSigningKeyPem, type SigningKey } from './signing-key.js';

/** What the keys are good for at one time; one object as long as that stays so. */
export interface SigningState {
  readonly signing: SigningKey;
  /** The JWK Set (RFC 7517 §5): the signing key, those to come, those whose tokens are still good. */
  readonly jwks: { readonly keys: readonly SigningKey['jwk'][] };
}

interface Stretch extends SigningState {
  readonly from: number;
  readonly until: number;
}

/** The key pairs of the built-in issuer, from `<dataDir>/signing-key.pem`, which a rotation changes while we run. */
export class SigningKeys {
  private stretch: Stretch | undefined;

  private constructor(
    private readonly file: string,
    private keys: readonly StoredSigningKey[],
    private stamp: string,
    /** True where the file was made by this call of `open`. */
    readonly isNew: boolean,
  ) {}

  /**
   * Reads the file; makes it first, with mode 0600, where there is none. Throws a `ConfigurationError` for one that is
   * damaged: a new key in its place would make every token that is out there bad, and nobody would know why; and for one
   * that another user may have put there.
   */
  static open(dataDir: string): SigningKeys {
    const file = signingKeyFileIn(dataDir);
    const found = readPrivateFile(file);
    const { text, isNew } = found === undefined ? create(file) : { text: found, isNew: false };
    return new SigningKeys(file, keysIn(file, text), stampOf(statSync(file)), isNew);
  }

  /** The id of the key that was made last: the one without an end. */
  get newestKid(): string {
    return this.keys.find(({ publishedUntil }) => publishedUntil === null)?.jwk.kid ?? '';
  }

  /** At wall-clock `now`, milliseconds. No I/O. */
  at(now: number): SigningState {
    if (this.stretch === undefined || now < this.stretch.from || now >= this.stretch.until)
      this.stretch = stretchAt(this.keys, now);
    return this.stretch;
  }

  /** Reads the file again when it is another one than before; true when it was. What fails leaves everything as it was. */
  async refresh(): Promise<boolean> {
    const stamp = stampOf(await stat(this.file));
    if (stamp === this.stamp) return false;
    this.keys = keysIn(this.file, readPrivateFile(this.file) ?? '');
    this.stamp = stamp;
    this.stretch = undefined;
    return true;
  }
}

function stretchAt(keys: readonly StoredSigningKey[], now: number): Stretch {
  const published = keys.filter(({ publishedUntil }) => publishedUntil === null || now < publishedUntil);
  const inOrder = published.toSorted((a, b) => b.signsFrom - a.signsFrom);
  // Where the clock is before all of them, the first one signs.
  const signing = inOrder.find(({ signsFrom }) => signsFrom <= now) ?? (inOrder.at(-1) as StoredSigningKey);
  const turns = keys.flatMap(({ signsFrom, publishedUntil }) => [signsFrom, publishedUntil ?? Infinity]);
  return {
    signing,
    jwks: { keys: [signing, ...inOrder.filter((key) => key !== signing)].map(({ jwk }) => jwk) },
    from: Math.max(...turns.filter((turn) => turn <= now), -Infinity),
    until: Math.min(...turns.filter((turn) => turn > now), Infinity),
  };
}

function keysIn(file: string, text: string): readonly StoredSigningKey[] {
  const keys = parseSigningKeys(text);
  if (keys !== undefined) return keys;
  throw new ConfigurationError([`DATA_DIR: ${file} is not the PEM of an EC P-256 private key`]);
}

function stampOf({ ino, mtimeMs, size }: { ino: number; mtimeMs: number; size: number }): string {
  return `${ino} ${mtimeMs} ${size}`;
}

/** Of several processes that make the file at once, the first wins and all read the same key. */
function create(file: string): { readonly text: string; readonly isNew: boolean } {
  const first = formatSigningKeys([{ pem: newSigningKeyPem(), signsFrom: 0, publishedUntil: null }]);
  writePrivateFile(file, first, 'keep');
  const text = readPrivateFile(file) ?? '';
  return { text, isNew: text === first };
}
