import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from 'node:crypto';
import { join } from 'node:path';

/** One ES256 key pair of the built-in issuer. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  /** The public key to publish. */
  readonly jwk: { readonly [member: string]: string } & { readonly kid: string };
}

/** A key pair as the file holds it. Times are wall-clock milliseconds. */
export interface StoredSigningKey extends SigningKey {
  readonly pem: string;
  /** It signs from then until a newer key does; 0 if it was the first key. */
  readonly signsFrom: number;
  /** It is published, and its tokens are accepted, until then; `null` if there is no end yet. */
  readonly publishedUntil: number | null;
}

/** The file with the key pairs of the built-in issuer. */
export const signingKeyFileIn = (dataDir: string): string => join(dataDir, 'signing-key.pem');

/** The PEM (PKCS #8) of a new key pair. */
export function newSigningKeyPem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

/** Reads the key pair in a PEM; `undefined` for anything but an EC P-256 private key. */
export function signingKeyOf(pem: string): SigningKey | undefined {
  const privateKey = parsePrivateKey(pem);
  if (privateKey === undefined) return undefined;
  const { kty, crv, x, y } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (kty !== 'EC' || crv !== 'P-256' || x === undefined || y === undefined) return undefined;
  // The JWK thumbprint (RFC 7638 §3.1): the required members in lexicographic order, hashed.
  const kid = hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url');
  return { privateKey, jwk: { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' } };
}

function parsePrivateKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

const parameters = /-----BEGIN EC PARAMETERS-----[^]*?-----END EC PARAMETERS-----/g;
const block = /([^-]*(?:-(?!----)[^-]*)*)(-----BEGIN ((?:EC )?PRIVATE KEY)-----[^-]*-----END \3-----)\s*/y;
const header = /^(Signs-From|Published-Until): (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/;

/**
 * Parses PEM blocks with header lines before each (RFC 7468 §2 allows text there); a file that was never rotated has one
 * block without headers. `undefined` unless every byte is understood, so that a damaged file is never partly used.
 */
export function parseSigningKeys(text: string): readonly StoredSigningKey[] | undefined {
  const rest = text.replace(parameters, '').trim();
  const keys: StoredSigningKey[] = [];
  const next = new RegExp(block);
  while (next.lastIndex < rest.length) {
    const found = next.exec(rest);
    const key = found === null ? undefined : storedKeyOf(found[1] ?? '', found[2] ?? '');
    if (key === undefined || keys.some(({ jwk }) => jwk.kid === key.jwk.kid)) return undefined;
    keys.push(key);
  }
  // Only the newest key has no end.
  return keys.filter(({ publishedUntil }) => publishedUntil === null).length === 1 ? keys : undefined;
}

export function formatSigningKeys(keys: readonly Omit<StoredSigningKey, keyof SigningKey>[]): string {
  return keys
    .map(({ pem, signsFrom, publishedUntil }) =>
      [
        ...(signsFrom === 0 ? [] : [`Signs-From: ${new Date(signsFrom).toISOString()}`]),
        ...(publishedUntil === null ? [] : [`Published-Until: ${new Date(publishedUntil).toISOString()}`]),
        `${pem.trim()}\n`,
      ].join('\n'),
    )
    .join('\n');
}

function storedKeyOf(head: string, pem: string): StoredSigningKey | undefined {
  const key = signingKeyOf(pem);
  const headers = new Map<string, number>();
  for (const line of head.split('\n').filter((one) => one.trim() !== '')) {
    const [, name = '', time = ''] = header.exec(line.trimEnd()) ?? [];
    const at = Date.parse(time);
    if (Number.isNaN(at) || headers.has(name)) return undefined;
    headers.set(name, at);
  }
  if (key === undefined) return undefined;
  const publishedUntil = headers.get('Published-Until') ?? null;
  return { ...key, pem, signsFrom: headers.get('Signs-From') ?? 0, publishedUntil };
}
