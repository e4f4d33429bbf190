import { crc32 } from 'node:zlib';

/** In the order of their values. */
const base62Digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

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

/** The same of an integer of up to 53 bits; each check of a key needs it. */
export function base62OfNumber(number: number, length: number): string {
  let text = '';
  for (let rest = number; rest > 0; rest = Math.floor(rest / 62)) text = base62Digits[rest % 62] + text;
  return text.padStart(length, '0');
}

/** A key is its head, a body of 256 random bits and the CRC32 of both, the latter two in base 62. */
export const bodyLength = 43;
export const checksumLength = 6;

/** A part of a text, from the index `from` up to, but without, `to`. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** The checksum of a body without its head, against that of a body of zeros behind each head: CRC32 is linear. */
const proofs = new Set<number>();

/** Also recognizes keys with these prefixes from now on. Keys of the default format and tool keys always are. */
export function addKeyHeads(heads: readonly string[]): void {
  for (const head of heads) proofs.add(crc32(head + '\0'.repeat(bodyLength)));
}

/** Of keys of the default format and of tool keys. */
export const defaultKeyHeads = ['mk_live_', 'mk_test_', 'tk_'];
addKeyHeads(defaultKeyHeads);

/**
 * Where keys are in a text, in order: whole, without their heads or in pieces with any characters but letters and digits
 * between them; also in base64, once or twice, itself in pieces or not. Only what its checksum proves to be a key counts: random text passes for
 * one every 10^10 characters. Takes time in proportion to the text, whatever the text.
 */
export function findKeys(text: string): Span[] {
  if (text.length < secretLength) return [];
  // What is beyond Latin-1 becomes some other character, and keeps its place.
  return spansIn(Buffer.from(text, 'latin1'), 2).toSorted((one, other) => one.from - other.from);
}

const secretLength = bodyLength + checksumLength;
/** A body and its checksum are 66 characters in base64: of two pieces one is at least this long. */
const halfInBase64 = 33;

function spansIn(text: Uint8Array, layers: number): Span[] {
  const { letters, places } = lettersOf(text);
  const spanOf = (first: number, last: number): Span => ({
    from: places[first] ?? 0,
    to: (places[last] ?? text.length) + 1,
  });
  const found = startsIn(letters).map((start) => spanOf(start, start + secretLength - 1));
  if (layers === 0 || !hasRun(text, halfInBase64)) return found;
  // Base64 of ASCII text is letters and digits only. What stands before it decides where its groups of four begin.
  for (let shift = 0; shift < 4; shift += 1) {
    const plain = Buffer.from(letters.toString('latin1', shift), 'base64');
    // What was encoded is one piece. Three of four times at least it is rubbish, and this is all that is done with it.
    if (!hasRun(plain, secretLength)) continue;
    for (const { from, to } of spansIn(plain, layers - 1))
      found.push(spanOf(shift + Math.floor((from * 4) / 3), shift + Math.ceil((to * 4) / 3) - 1));
  }
  return found;
}

const none = 255;
const valueOf = new Uint8Array(256).fill(none);
for (const [value, digit] of Array.from(base62Digits).entries()) valueOf[digit.charCodeAt(0)] = value;

/** True when so many letters and digits follow each other. */
function hasRun(text: Uint8Array, length: number): boolean {
  let run = 0;
  for (let place = 0; place < text.length; place += 1) {
    run = at(valueOf, at(text, place)) === none ? 0 : run + 1;
    if (run === length) return true;
  }
  return false;
}

/** The letters and digits of a text, and where in it they are. */
function lettersOf(text: Uint8Array) {
  const letters = Buffer.allocUnsafe(text.length);
  const places = new Uint32Array(text.length);
  let count = 0;
  for (let place = 0; place < text.length; place += 1) {
    const byte = at(text, place);
    if (at(valueOf, byte) === none) continue;
    letters[count] = byte;
    places[count] = place;
    count += 1;
  }
  return { letters: letters.subarray(0, count), places };
}

const unitOf = (byte: number, zeros: number) =>
  crc32(Buffer.from([byte, ...Buffer.alloc(zeros)])) ^ crc32(Buffer.alloc(1 + zeros));
/** What a byte adds to the CRC32 when it comes, and what it has added by the time it is followed by a body. */
const coming = Int32Array.from({ length: 256 }, (_none, byte) => unitOf(byte, 0));
const gone = Int32Array.from({ length: 256 }, (_none, byte) => unitOf(byte, bodyLength));
const highest = 62 ** (checksumLength - 1);

/** Where a body begins that is followed by its checksum. Both roll along, so that each character is looked at once. */
function startsIn(letters: Uint8Array): number[] {
  const starts: number[] = [];
  let sum = 0;
  let checksum = 0;
  for (let end = 0; end < letters.length; end += 1) {
    checksum = checksum * 62 + at(valueOf, at(letters, end));
    const last = end - checksumLength;
    if (last < 0) continue;
    const entering = at(letters, last);
    checksum -= at(valueOf, entering) * highest * 62;
    sum = at(coming, (sum ^ entering) & 255) ^ (sum >>> 8);
    if (last >= bodyLength) sum ^= at(gone, at(letters, last - bodyLength));
    if (last < bodyLength - 1 || checksum > 0xffff_ffff) continue;
    if (proofs.has((sum ^ checksum) >>> 0)) starts.push(end - secretLength + 1);
  }
  return starts;
}

function at(values: Uint8Array | Int32Array, index: number): number {
  return values[index] as number;
}
