import type { AuthModuleExtras, AuthModuleOptions } from '../../auth/auth.options.js';
import { checkKeyFormat } from '../../key-store/check-key-format.js';
import { type KeyFormat, PrefixedKeyFormat, toolKeyHead } from '../../key-store/key-format.js';
import { KeyMint } from '../../key-store/key-mint.js';
import { causeOf, ConfigurationError } from '../../support/errors.js';
import { addKeyHeads } from '../../support/find-keys.js';

/** What the keys of one kind look like: one of the heads, and so many of these characters. */
export interface KeyPattern {
  readonly kind: 'api_key' | 'tool_key';
  readonly heads: readonly string[];
  /** As a class of a regular expression. */
  readonly characters: string;
  readonly shortest: number;
  readonly longest: number;
  /** How many of the characters are shown. */
  readonly shown: number;
  /** True for a text that follows the pattern and whose checksum is right. */
  isKey(text: string): boolean;
}

/** The patterns of the keys that an installation with these options makes. */
export function keyPatternsOf({
  keyPrefix,
  keyFormat,
}: Pick<AuthModuleOptions & AuthModuleExtras, 'keyPrefix' | 'keyFormat'>): KeyPattern[] {
  const format = keyFormat === undefined ? new PrefixedKeyFormat(keyPrefix) : formatOf(keyFormat);
  const mint = new KeyMint(format);
  addKeyHeads(mint.heads);
  const environments = ['live', 'test'] as const;
  return [
    {
      ...shapeOf(mint.heads, () => environments.map((environment) => mint.mintApiKey(environment))),
      kind: 'api_key',
      isKey: (text) => mint.shapeOfApiKey(text) === 'PLAUSIBLE',
    },
    {
      ...shapeOf([toolKeyHead], () => [mint.mintToolKey()]),
      kind: 'tool_key',
      isKey: (text) => mint.shapeOfToolKey(text) === 'PLAUSIBLE',
    },
  ];
}

/** Outside the application there is nothing that a format could inject. */
function formatOf(Format: NonNullable<AuthModuleExtras['keyFormat']>): KeyFormat {
  try {
    const format = new Format();
    checkKeyFormat(format);
    return format;
  } catch (error) {
    throw new ConfigurationError([`keyFormat cannot be used without the application: ${causeOf(error)}`]);
  }
}

const samples = 64;
/** The first that fits. */
const classes = ['[0-9A-Za-z]', String.raw`[\w-]`, String.raw`[\x21-\x7e]`];

/** The shape of keys as a format makes them. */
function shapeOf(
  heads: readonly string[],
  make: () => readonly { readonly key: string; readonly prefix: string }[],
) {
  const keys = Array.from({ length: samples }, make).flat();
  const longestFirst = heads.toSorted((one, other) => other.length - one.length);
  const headOf = (key: string) => longestFirst.find((head) => key.startsWith(head)) ?? '';
  const tails = keys.map(({ key }) => key.slice(headOf(key).length));
  const lengths = tails.map((tail) => tail.length);
  return {
    heads: longestFirst,
    characters: classes.find((one) => tails.every((tail) => new RegExp(`^${one}*$`).test(tail))) ?? '.',
    shortest: Math.min(...lengths),
    longest: Math.max(...lengths),
    shown: Math.max(0, Math.min(...keys.map(({ key, prefix }) => prefix.length - headOf(key).length))),
  };
}

/** The pattern in the syntax that JavaScript, RE2 and Hyperscan share. */
export function expressionOf({ heads, characters, shortest, longest }: KeyPattern): string {
  const [head = '', ...others] = heads.map(escaped);
  const start = others.length === 0 ? head : `(?:${[head, ...others].join('|')})`;
  return `${start}${characters}{${shortest === longest ? shortest : `${shortest},${longest}`}}`;
}

/** A text as a literal of a regular expression. */
export function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
