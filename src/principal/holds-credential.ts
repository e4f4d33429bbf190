import { decoded } from './redact.js';

/**
 * Most of a key, not only its display prefix; or a token. Narrower than what is kept out of logs, as somebody's name for
 * a thing is refused for it: `load_test_benchmark` is none.
 */
const credential = new RegExp(
  [
    String.raw`[0-9a-z]_(?:live|test)_[0-9a-z]{20}`,
    String.raw`tk_[0-9a-z]{20}`,
    String.raw`ey[JA][\w-]{10,}\.[\w-]{10,}\.[\w-]`,
    '-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----',
  ].join('|'),
  'i',
);

/** True for text with an API key, a tool key, a JWT or a private key in it, plain or encoded as in URLs and JSON. */
export function holdsCredential(text: string): boolean {
  if (text.length < 20) return false;
  if (credential.test(text)) return true;
  const plain = decoded(text);
  return plain === undefined || (plain !== text && credential.test(plain));
}
