import { verify } from 'node:crypto';
import type { VerificationKey } from './keys/verification-key.js';
import type { Jws } from './parse-jws.js';

const lengthOfEs256 = 64;
const lengthOfEd25519 = 64;

/**
 * True when one of the keys made the signature and the token names exactly that key's algorithm (RFC 8725 §3.1).
 * An ES256 signature has two valid forms (s and n − s), so a token's text is no identity.
 */
export function isSignedByOneOf(jws: Jws, keys: readonly VerificationKey[]): boolean {
  const text = Buffer.from(jws.signedText, 'latin1');
  return keys.some((key) => key.algorithm === jws.algorithm && isSignedBy(text, jws.signature, key));
}

function isSignedBy(text: Buffer, signature: Buffer, { algorithm, key }: VerificationKey): boolean {
  switch (algorithm) {
    case 'ES256':
      // RFC 7518 §3.4: R and S of 32 octets each, and nothing else; DER is refused.
      if (signature.length !== lengthOfEs256) return false;
      return verify('sha256', text, { key, dsaEncoding: 'ieee-p1363' }, signature);
    case 'RS256':
      return verify('sha256', text, key, signature);
    case 'EdDSA':
      return signature.length === lengthOfEd25519 && verify(null, text, key, signature);
  }
}
