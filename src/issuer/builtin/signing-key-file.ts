import { join } from 'node:path';
import { type SigningKey, signingKeyOf } from './signing-key.js';

/** A key pair as it stands in the file. Times are wall-clock milliseconds. */
export interface StoredSigningKey extends SigningKey {
  readonly pem: string;
  /** It signs from then on, until another one does; 0: since ever. */
  readonly signsFrom: number;
  /** It is published, and its tokens are good, until then; `null`: without an end. */
  readonly publishedUntil: number | null;
}

/** The one file with the key pairs of the built-in issuer. */
export const signingKeyFileIn = (dataDir: string): string => join(dataDir, 'signing-key.pem');

const parameters = /-----BEGIN EC PARAMETERS-----[^]*?-----END EC PARAMETERS-----/g;
const block = /([^-]*(?:-(?!----)[^-]*)*)(-----BEGIN ((?:EC )?PRIVATE KEY)-----[^-]*-----END \3-----)\s*/y;
const heading = /^(Signs-From|Published-Until): (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/;

/**
 * Reads PEM blocks, each under its headings (RFC 7468 §2 has room for them); one block without any is a file that was
 * never rotated. `undefined` unless every byte is accounted for, so that a cut or damaged file is never half believed.
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
  // The one that was made last has no end, and the others have one.
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
  const headings = new Map<string, number>();
  for (const line of head.split('\n').filter((one) => one.trim() !== '')) {
    const [, name = '', time = ''] = heading.exec(line.trimEnd()) ?? [];
    const at = Date.parse(time);
    if (Number.isNaN(at) || headings.has(name)) return undefined;
    headings.set(name, at);
  }
  if (key === undefined) return undefined;
  const publishedUntil = headings.get('Published-Until') ?? null;
  return { ...key, pem, signsFrom: headings.get('Signs-From') ?? 0, publishedUntil };
}
