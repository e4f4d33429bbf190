/** In the order of their values. */
export const base62Digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The bytes as one big-endian number in base 62 (0-9, A-Z, a-z), padded with zeros to `length` characters. */
export function base62(bytes: Uint8Array, length: number): string {
  let number = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  while (number > 0n) {
    text = base62Digits[Number(number % 62n)] + text;
    number /= 62n;
  }
  return text.padStart(length, '0');
}
