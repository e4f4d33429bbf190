import { findKeys } from './find-keys.js';
import { decoded } from './redact.js';

/**
 * Most of a key, not only its display prefix; or a token. Narrower than what is redacted from logs, because a name that
 * contains it is rejected: `load_test_benchmark` must not match.
 */
const token = String.raw`ey[JA][\w-]{10,}\.[\w-]{10,}\.[\w-]`;
const credential = new RegExp(
  [
    String.raw`[0-9a-z]_(?:live|test)_[0-9a-z]{20}`,
    String.raw`tk_[0-9a-z]{20}`,
    token,
    '-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----',
  ].join('|'),
  'i',
);
const tokenInPieces = new RegExp(token);
const base64Run = /[\w+/-]{40,}/g;

/**
 * True for text with an API key, a tool key, a JWT or a private key in it, plain, in base64, or encoded as in URLs and
 * JSON; and for a key with a checksum that lacks its prefix or is in pieces.
 */
export function holdsCredential(text: string): boolean {
  if (text.length < 20) return false;
  if (isCredential(text)) return true;
  const plain = decoded(text);
  return plain === undefined || (plain !== text && isCredential(plain));
}

/** The same for values that are stored together, including nested ones: also finds a key split over two neighbours. */
export function anyHoldsCredential(...values: readonly unknown[]): boolean {
  const { names, texts, all } = piecesOf(values);
  return [all, texts, names].some(
    (pieces) =>
      holdsCredential(pieces.join('\n')) ||
      findKeys(pieces.toReversed().join('\n')).length > 0 ||
      tokenInPieces.test(pieces.join('')),
  );
}

function isCredential(text: string): boolean {
  return credential.test(text) || findKeys(text).length > 0 || holdsEncoded(text);
}

/** What stands before base64 decides where its groups of four begin. */
function holdsEncoded(text: string): boolean {
  return [...text.matchAll(base64Run)].some(([run]) =>
    [0, 1, 2, 3].some((shift) => credential.test(Buffer.from(run.slice(shift), 'base64').toString('latin1'))),
  );
}

/** The names of fields and the values within, in order. Without recursion, as the depth is up to a client. */
function piecesOf(values: readonly unknown[]) {
  const names: string[] = [];
  const texts: string[] = [];
  const all: string[] = [];
  const waiting: { name?: string; value: unknown }[] = values.map((value) => ({ value })).toReversed();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { name, value } = next;
    if (name !== undefined) {
      names.push(name);
      all.push(name);
    }
    if (typeof value === 'object' && value !== null) {
      const inner = Array.isArray(value)
        ? value.map((one: unknown) => ({ value: one }))
        : Object.entries(value).map(([field, one]: [string, unknown]) => ({ name: field, value: one }));
      for (const one of inner.toReversed()) waiting.push(one);
    } else if (value !== undefined && value !== null) {
      texts.push(String(value));
      all.push(String(value));
    }
  }
  return { names, texts, all };
}
