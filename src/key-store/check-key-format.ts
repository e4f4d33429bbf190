import { hasJwtShape } from '../support/redact.js';
import { isToolKey, type KeyFormat, type KeyText } from './key-format.js';

const samples = 64;
const leastBits = 128;
const headRule = /^[\x21-\x7e]{3,32}$/;

/** Throws an `Error` that says what is wrong with an application's own format, and how to fix it. */
export function checkKeyFormat(format: KeyFormat): void {
  const faults = [...new Set(faultsOf(format))];
  if (faults.length === 0) return;
  throw new Error([`${format.constructor.name} cannot create keys:`, ...faults].join('\n  '));
}

function faultsOf(format: KeyFormat): string[] {
  const heads: unknown = format.heads;
  if (!Array.isArray(heads) || heads.length === 0 || !heads.every(isHead))
    return [
      "heads is a list of texts that its keys begin with, 3 to 32 visible ASCII characters: ['acme_'].",
    ];
  return (['live', 'test'] as const).flatMap((environment) => {
    const keys = Array.from({ length: samples }, () => format.create(environment));
    const faults = keys.flatMap((key) => faultsOfKeyText(key, format));
    return faults.length > 0
      ? faults.map((fault) => `For ${environment} it makes a key that ${fault}`)
      : weaknessOf(keys);
  });
}

function isHead(head: unknown): boolean {
  return typeof head === 'string' && headRule.test(head);
}

/** Estimates the randomness after the prefix from the differences between the sample keys. */
function weaknessOf(keys: readonly KeyText[]): string[] {
  const hidden = keys.map(({ key, prefix }) => key.slice(prefix.length));
  if (new Set(hidden).size < hidden.length)
    return ['It makes the same key twice: take all of it from randomBytes of node:crypto.'];
  const bits = variableBitsOf(hidden);
  if (bits >= leastBits) return [];
  return [
    `Behind the prefix its keys differ by about ${Math.floor(bits)} bits; ${leastBits} are needed: take more from randomBytes of node:crypto.`,
  ];
}

function variableBitsOf(texts: readonly string[]): number {
  const length = Math.min(...texts.map((text) => text.length));
  const alphabet = new Set<string>();
  let positions = 0;
  for (let at = 0; at < length; at += 1) {
    const found = new Set(texts.map((text) => text[at] ?? ''));
    if (found.size === 1) continue;
    positions += 1;
    for (const one of found) alphabet.add(one);
  }
  return positions * Math.log2(Math.max(1, alphabet.size));
}

const printable = /^[\x21-\x7e]{1,512}$/;
const leastLength = 24;
const longestPrefix = 40;

/** True for a text that can be a key in a header: 1 to 512 visible ASCII characters. */
export function isPrintableKey(text: string): boolean {
  return printable.test(text);
}

/** The faults of a key of this format, each a text that follows `a key that`. They do not contain the key. */
export function faultsOfKeyText(text: KeyText, format: KeyFormat): string[] {
  const { key, prefix } = (text ?? {}) as Partial<KeyText>;
  if (typeof key !== 'string' || typeof prefix !== 'string')
    return ['is none: let create return { key, prefix }, two texts.'];
  const rules: readonly (readonly [isBroken: boolean, fault: string])[] = [
    [
      !isPrintableKey(key) || key.length < leastLength,
      `is not ${leastLength} to 512 visible ASCII characters without spaces.`,
    ],
    [hasJwtShape(key), 'looks like a JWT: put no two dots into it.'],
    [isToolKey(key), 'begins with tk_, as tool keys do: begin it with a head of your own.'],
    [!format.heads.some((head) => key.startsWith(head)), 'begins with none of its heads: name it there.'],
    [
      prefix === '' || !key.startsWith(prefix),
      'does not begin with its prefix: let prefix be the beginning of key.',
    ],
    [
      prefix.length > longestPrefix || prefix.length * 2 > key.length,
      `would be shown again in too large a part: let prefix be at most ${longestPrefix} characters and half of the key.`,
    ],
  ];
  const faults = rules.filter(([isBroken]) => isBroken).map(([, fault]) => fault);
  // `recognise` is only called with texts that it has to handle.
  if (faults.length > 0 || format.recognise(key) === 'PLAUSIBLE') return faults;
  return ['recognise rejects: let it return PLAUSIBLE for what create makes.'];
}
