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
 * True for an Ed25519 public key of small order, which RFC 8032 §5.1.7 does not exclude: under such a key one
 * signature fits many messages, as under an RSA key with exponent 1.
 */
export function hasSmallOrder(publicKey: Uint8Array): boolean {
  const encoded = BigInt(`0x${Buffer.from(publicKey.toReversed()).toString('hex')}`);
  return smallOrderYs.has((encoded % signBit) % fieldPrime);
}
