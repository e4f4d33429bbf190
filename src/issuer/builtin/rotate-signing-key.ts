import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { ConfigurationError } from '../../support/errors.js';
import { writePrivateFile, readPrivateFile } from '../../support/private-file.js';
import {
  formatSigningKeys,
  parseSigningKeys,
  signingKeyFileIn,
  type StoredSigningKey,
} from './signing-key-file.js';
import { newSigningKeyPem, signingKeyOf } from './signing-key.js';

export interface SigningKeyRotation {
  /** How long the new key is published before it signs, so that whoever caches the JWKS has seen it by then. */
  readonly leadSeconds: number;
  /** How long the old key is published after it has signed for the last time. */
  readonly overlapSeconds: number;
}

export interface RotatedSigningKey {
  readonly kid: string;
  readonly signsFrom: Date;
  readonly previousKid: string;
  readonly previousPublishedUntil: Date;
}

/** A rotation takes milliseconds: a claim this old was left behind by one that was killed. */
const claimedFor = 60_000;

/**
 * Puts a new key pair beside the old one, in the same file and all at once; running processes notice by themselves.
 * Keys whose time is over are left out. Throws a `ConfigurationError` where there is nothing sound to rotate, where
 * another rotation is at work, or where the key of the last one does not sign yet, unless `leadSeconds` is 0: then the
 * waiting one is dropped, as nobody has anything from it.
 */
export function rotateSigningKey(
  dataDir: string,
  { leadSeconds, overlapSeconds }: SigningKeyRotation,
  now: number,
  pem = newSigningKeyPem(),
): RotatedSigningKey {
  const file = signingKeyFileIn(dataDir);
  return alone(`${file}.rotating`, now, () => {
    const keys = liveKeysIn(file, now);
    const waiting = keys.filter(({ signsFrom }) => signsFrom > now);
    const used = keys.filter((key) => !waiting.includes(key));
    const signing = used.reduce((one, other) => (other.signsFrom > one.signsFrom ? other : one));
    const [next] = waiting;
    if (next !== undefined && leadSeconds > 0)
      throw refused(`the key of the last rotation signs from ${new Date(next.signsFrom).toISOString()} on`);
    // After the one before it, should both fall into one millisecond.
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

/** Throws as `rotateSigningKey` does where there is nothing sound to rotate. */
export function requireRotatable(dataDir: string, now: number): void {
  liveKeysIn(signingKeyFileIn(dataDir), now);
}

function liveKeysIn(file: string, now: number): StoredSigningKey[] {
  const keys = parseSigningKeys(read(file));
  if (keys === undefined) throw refused(`${file} is not the PEM of an EC P-256 private key`);
  const live = keys.filter(({ publishedUntil }) => publishedUntil === null || now < publishedUntil);
  if (live.some(({ signsFrom }) => signsFrom <= now)) return live;
  throw refused('no key in it signs at this time; is the clock right?');
}

function read(file: string): string {
  const text = readPrivateFile(file);
  if (text === undefined) throw refused(`there is no ${file}; the first start of the service makes it`);
  return text;
}

/** Of several rotations at once one goes through, and the others change nothing. */
function alone<T>(claim: string, now: number, work: () => T): T {
  try {
    if (now - statSync(claim).mtimeMs > claimedFor) rmSync(claim, { force: true });
  } catch {
    // There is none, as there should be.
  }
  try {
    closeSync(openSync(claim, 'wx', 0o600));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw refused('another rotation is at work; try again in a minute');
    if (code === 'ENOENT') throw refused('DATA_DIR is not there; the first start of the service makes it');
    throw error;
  }
  try {
    return work();
  } finally {
    rmSync(claim, { force: true });
  }
}

function refused(why: string): ConfigurationError {
  return new ConfigurationError([`The signing key was not rotated: ${why}`]);
}
