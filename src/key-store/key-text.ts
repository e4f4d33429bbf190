import type { KeyFormat, KeyText } from './key-format.js';
import { isToolKey } from './tool-key-head.js';

const printable = /^[\x21-\x7e]{1,512}$/;
const jwt = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const leastLength = 24;
const longestPrefix = 40;

/** True for what may stand in a header as one key: up to 512 visible ASCII characters. */
export function isPrintableKey(text: string): boolean {
  return printable.test(text);
}

/** What is wrong with a key of this format, in words that follow `a key that`; the key itself is not told. */
export function faultsOfKeyText(text: KeyText, format: KeyFormat): string[] {
  const { key, prefix } = (text ?? {}) as Partial<KeyText>;
  if (typeof key !== 'string' || typeof prefix !== 'string')
    return ['is none: let create return { key, prefix }, two texts.'];
  const rules: readonly (readonly [isBroken: boolean, fault: string])[] = [
    [
      !isPrintableKey(key) || key.length < leastLength,
      `is not ${leastLength} to 512 visible ASCII characters without spaces.`,
    ],
    [jwt.test(key), 'looks like a JWT: put no two dots into it.'],
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
  // Another's code is asked only about what it may be asked about.
  if (faults.length > 0 || format.recognise(key) === 'PLAUSIBLE') return faults;
  return ['recognise refuses: let it return PLAUSIBLE for what create makes.'];
}
