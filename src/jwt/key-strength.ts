import type { KeyObject } from 'node:crypto';
import { type JwtAlgorithm, KeyError } from './verification-key.js';

const minModulusBits = 2048;
const minExponent = 65_537n;

/** The one algorithm that a public key may be used for, given by its type. Throws {@link KeyError} for a weak or unsupported key. */
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
      if (hasSmallOrder(decode(key.export({ format: 'jwk' }).x)))
        throw new KeyError('is a point of small order');
      return 'EdDSA';
    default:
      throw new KeyError('is neither EC P-256, RSA nor Ed25519');
  }
}

function checkRsa(key: KeyObject): void {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  // RFC 7518 §3.3
  if (modulusLength < minModulusBits) throw new KeyError(`is an RSA key of less than ${minModulusBits} bits`);
  // FIPS 186-5 §A.1.1; with exponent 1 anyone can sign.
  if (publicExponent < minExponent || publicExponent % 2n === 0n) {
    throw new KeyError(`has a public exponent that is even or less than ${minExponent}`);
  }
  if (isRocaModulus(BigInt(`0x${decode(key.export({ format: 'jwk' }).n).toString('hex')}`))) {
    throw new KeyError('has the ROCA weakness (CVE-2017-15361): its private part can be computed');
  }
}

function decode(base64url = ''): Buffer {
  return Buffer.from(base64url, 'base64url');
}

const rocaGenerator = 65_537;
const rocaPrimes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
  109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];
const rocaResidues = rocaPrimes.map((prime) => ({
  prime: BigInt(prime),
  residues: powersOfGenerator(prime),
}));

/** True for an RSA modulus with the ROCA fingerprint (CVE-2017-15361), whose private key can be computed. */
export function isRocaModulus(modulus: bigint): boolean {
  return rocaResidues.every(({ prime, residues }) => residues.has(Number(modulus % prime)));
}

function powersOfGenerator(prime: number): ReadonlySet<number> {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * rocaGenerator) % prime) powers.add(power);
  return powers;
}

const fieldPrime = 2n ** 255n - 19n;
const signBit = 2n ** 255n;
const yOfOrderEight = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;
const smallOrderYs: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  fieldPrime - 1n,
  yOfOrderEight,
  fieldPrime - yOfOrderEight,
]);

/**
 * True for an Ed25519 public key of small order, which RFC 8032 §5.1.7 does not exclude. Under such a key one signature
 * fits many messages, as under an RSA key with exponent 1.
 */
export function hasSmallOrder(publicKey: Uint8Array): boolean {
  const encoded = BigInt(`0x${Buffer.from(publicKey.toReversed()).toString('hex')}`);
  return smallOrderYs.has((encoded % signBit) % fieldPrime);
}
