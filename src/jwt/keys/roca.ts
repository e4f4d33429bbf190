const generator = 65_537;
const smallPrimes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
  109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];
const residuesOf = smallPrimes.map((prime) => ({ prime: BigInt(prime), residues: powersOfGenerator(prime) }));

/** True for an RSA modulus with the ROCA fingerprint (CVE-2017-15361), whose private key can be computed. */
export function isRocaModulus(modulus: bigint): boolean {
  return residuesOf.every(({ prime, residues }) => residues.has(Number(modulus % prime)));
}

function powersOfGenerator(prime: number): ReadonlySet<number> {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * generator) % prime) powers.add(power);
  return powers;
}
