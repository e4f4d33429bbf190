import { BadLine } from './bad-line.js';

const hex = /^[0-9a-f]{64}$/i;
const base64 = /^[A-Za-z0-9+/_-]{43}=?$/;

/**
 * A SHA-256 in hex, base64 or base64url, as lower-case hex. Throws `BadLine` for anything else, above all for what
 * looks like a key in plain text: those are never stored.
 */
export function readHash(text: string): string {
  if (hex.test(text)) return text.toLowerCase();
  const bytes = base64.test(text) ? Buffer.from(text, 'base64') : undefined;
  if (bytes?.length === 32 && isCanonical(text, bytes)) return bytes.toString('hex');
  throw new BadLine(
    'the hash is no SHA-256 in hex, base64 or base64url; keys in plain text are never imported, so hash them first',
  );
}

/** The last character holds two bits too many: in a real encoding they are zero. */
function isCanonical(text: string, bytes: Buffer): boolean {
  const spelled = text.replace('=', '');
  return spelled === bytes.toString('base64url') || spelled === bytes.toString('base64').replace('=', '');
}
