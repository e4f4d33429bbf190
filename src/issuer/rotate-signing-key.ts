import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { ConfigurationError } from '../support/errors.js';
import { writePrivateFile, readPrivateFile } from '../support/private-file.js';
import {
  formatSigningKeys,
  newSigningKeyPem,
  parseSigningKeys,
  signingKeyFileIn,
  signingKeyOf,
  type StoredSigningKey,
} from './signing-key-file.js';

export interface SigningKeyRotation {
  /** How long the new key is published before it signs, so that every cached JWKS includes it by then. */
  readonly leadSeconds: number;
  /** How long the old key is published after it has stopped signing. */
  readonly overlapSeconds: number;
}

export interface RotatedSigningKey {
  readonly kid: string;
  readonly signsFrom: Date;
  readonly previousKid: string;
  readonly previousPublishedUntil: Date;
}

/** A rotation takes milliseconds: a lock this old was left behind by a killed process. */
const staleLockMs = 60_000;

/**
 * Adds a new key pair to the file in one atomic replacement and removes keys that are no longer published; running
 * processes notice by themselves. Throws a `ConfigurationError` if there is no valid key to rotate, if another rotation
 * is running, or if the last new key does not sign yet. With `leadSeconds` 0 that unused key is dropped instead.
 */
export function rotateSigningKey(
  dataDir: string,
  { leadSeconds, overlapSeconds }: SigningKeyRotation,
  now: number,
  pem = newSigningKeyPem(),
): RotatedSigningKey {
  const file = signingKeyFileIn(dataDir);
  return withLock(`${file}.rotating`, now, () => {
    const keys = publishedKeysIn(file, now);
    const waiting = keys.filter(({ signsFrom }) => signsFrom > now);
    const used = keys.filter((key) => !waiting.includes(key));
    const signing = used.reduce((one, other) => (other.signsFrom > one.signsFrom ? other : one));
    const [next] = waiting;
    if (next !== undefined && leadSeconds > 0)
      throw failure(`the key of the last rotation signs from ${new Date(next.signsFrom).toISOString()} on`);
    // Later than the previous key even if both fall into one millisecond.
    const signsFrom = Math.max(now + leadSeconds * 1000, signing.signsFrom + 1);
    const end = signsFrom + overlapSeconds * 1000;
    const old = used.map((key) => ({
      ...key,
      publishedUntil: Math.min(key.publishedUntil ?? Infinity, end),
    }));
    writePrivateFile(file, formatSigningKeys([{ pem, signsFrom, publishedUntil: null }, ...old]), 'replace');
    return {
      kid: signingKeyOf(pem)?.jwk.kid ?? '',
      signsFrom: new Date(signsFrom),
      previousKid: signing.jwk.kid,
      previousPublishedUntil: new Date(end),
    };
  });
}

/** Throws as `rotateSigningKey` does if there is no valid key to rotate. */
export function requireRotatable(dataDir: string, now: number): void {
  publishedKeysIn(signingKeyFileIn(dataDir), now);
}

function publishedKeysIn(file: string, now: number): StoredSigningKey[] {
  const text = readPrivateFile(file);
  if (text === undefined) throw failure(`there is no ${file}; the first start of the service makes it`);
  const keys = parseSigningKeys(text);
  if (keys === undefined) throw failure(`${file} is not the PEM of an EC P-256 private key`);
  const published = keys.filter(({ publishedUntil }) => publishedUntil === null || now < publishedUntil);
  if (published.some(({ signsFrom }) => signsFrom <= now)) return published;
  throw failure('no key in it signs at this time; is the clock right?');
}

/** Runs `work` while holding a lock file. Of several rotations at once, one runs and the others fail. */
function withLock<T>(lock: string, now: number, work: () => T): T {
  try {
    if (now - statSync(lock).mtimeMs > staleLockMs) rmSync(lock, { force: true });
  } catch {
    // The usual case: no lock file.
  }
  try {
    closeSync(openSync(lock, 'wx', 0o600));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw failure('another rotation is running; try again in a minute');
    if (code === 'ENOENT') throw failure('DATA_DIR does not exist; the first start of the service makes it');
    throw error;
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function failure(reason: string): ConfigurationError {
  return new ConfigurationError([`The signing key was not rotated: ${reason}`]);
}
