import type { KeyObject } from 'node:crypto';
import { KeyError } from './key-error.js';
import { isRocaModulus } from './roca.js';
import { hasSmallOrder } from './small-order.js';
import type { JwtAlgorithm } from './verification-key.js';

const smallestModulus = 2048;
const smallestExponent = 65_537n;

/** The one algorithm a public key may be used for, decided by its type. Throws {@link KeyError} for a weak or foreign key. */
export function algorithmOfKey(key: KeyObject): JwtAlgorithm {
  switch (key.asymmetricKeyType) {
    case 'ec':
      if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
        throw new KeyError('is not on the curve P-256');
      return 'ES256';
    case 'rsa':
      checkRsa(key);
      return 'RS256';
    case 'ed25519':
      if (hasSmallOrder(bytesOf(key.export({ format: 'jwk' }).x)))
        throw new KeyError('is a point of small order');
      return 'EdDSA';
    default:
      throw new KeyError('is neither EC P-256, RSA nor Ed25519');
  }
}

function checkRsa(key: KeyObject): void {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  // RFC 7518 §3.3
  if (modulusLength < smallestModulus)
    throw new KeyError(`is an RSA key of less than ${smallestModulus} bits`);
  // FIPS 186-5 §A.1.1; with exponent 1 anyone can sign.
  if (publicExponent < smallestExponent || publicExponent % 2n === 0n) {
    throw new KeyError(`has a public exponent that is even or less than ${smallestExponent}`);
  }
  if (isRocaModulus(BigInt(`0x${bytesOf(key.export({ format: 'jwk' }).n).toString('hex')}`))) {
    throw new KeyError('has the ROCA weakness (CVE-2017-15361): its private part can be computed');
  }
}

function bytesOf(base64url = ''): Buffer {
  return Buffer.from(base64url, 'base64url');
}
