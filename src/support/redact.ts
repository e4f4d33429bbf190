import { defaultHeaders } from './header-names.js';
import { findKeys } from './find-keys.js';

/** Encoding turns every lone surrogate into the same character. */
const unfit = /[\p{Cc}\p{Cs}]/u;

/** True for text without control characters and lone surrogates: safe in a log line, a terminal and a PostgreSQL text column. */
export function isPlainText(text: string): boolean {
  return !unfit.test(text);
}

const jwtShape = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** True for three base64url segments with dots between them, the compact form of a JWT (RFC 7519 §3). */
export function hasJwtShape(text: string): boolean {
  return jwtShape.test(text);
}

/** The replacement for a secret. */
export const redacted = '[redacted]';

interface Shape {
  readonly pattern: RegExp;
  /** A cheaper test that must match first. */
  readonly hint?: RegExp;
  /** What remains; the first group by default. */
  readonly keep?: (match: string, ...groups: string[]) => string;
}

const sensitiveName = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  ...[...defaultHeaders.apiKey, ...defaultHeaders.toolKey].map((name) => name.toLowerCase()),
].join('|');
const isSensitive = new RegExp(`^(?:${sensitiveName}|password|secret|token|key)$`, 'i');
const space = String.raw`["'\\]{0,4}\s{0,8}`;

/** Quantifiers that could scan the same text repeatedly are bounded: the text is untrusted. */
const shapes: readonly Shape[] = [
  // A key from the ninth character of its body on: the eight before it are its display prefix.
  { pattern: /(_(?:live|test)_)[0-9a-z]{9,}/gi },
  { pattern: /(tk_)[0-9a-z]{9,}/gi },
  { pattern: /(whsec_)[\w+/=-]{4,}/g },
  // JWTs, also cut off ones: a JSON object in base64url begins like this.
  { pattern: /()(?<![\w-])[\w-]{16,}\.[\w-]{16,}\.[\w-]{16,}/g, hint: /[\w-]\.[\w-]{16,}\.[\w-]{16}/ },
  { pattern: /()(?:eyJ|eyA|ewo|ewk|ew0)[\w-]{6,}(?:\.[\w-]*)*/g },
  // What a header of this name holds, whether it is written as text or as JSON.
  {
    pattern: new RegExp(
      `((?:${sensitiveName})${space}[:=]${space}\\[?${space})(?!\\s{0,8}\\$\\()[^"'\\\\\\r\\n]+`,
      'gi',
    ),
  },
  {
    pattern: /((?:bearer|basic|digest)(?:\s|%20|\+){1,8})([\w.~+/=-]{8,})/gi,
    keep: (match, scheme = '', value = '') => (/^[a-z]+$/.test(value) ? match : scheme + redacted),
  },
  { pattern: /((?:password|passwd|secret|token|api[_-]?key)=)[^&\s"'\\]+/gi, hint: /=/ },
  // The password of a URL.
  {
    pattern: /(:\/\/[^\s:@/]{0,256}:)[^\s"']{1,512}@/g,
    hint: /:\/\//,
    keep: (_match, head = '') => `${head}${redacted}@`,
  },
  { pattern: /(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----)[^]*?(?:-----END [A-Z ]{0,20}PRIVATE KEY-----|$)/g },
  // The body of a key without its head, or a key of another system.
  {
    pattern: /(?<![0-9A-Za-z])[0-9A-Za-z]{40,}/g,
    hint: /[A-Z](?:(?=[0-9A-Za-z]{19})|(?<=[0-9A-Za-z]{20}))/,
    keep: (run) => (/[0-9]/.test(run) && /[A-Z]/.test(run) && /[a-z]/.test(run) ? redacted : run),
  },
];

/** The text without credentials: keys, tokens and passwords, whole or in part, also encoded. */
export function redact(text: string): string {
  if (text.length < 10) return text;
  const unproven = redactProven(text);
  return redactPlain(isEncoded.test(unproven) ? unproven.replace(encodedRun, redactEncoded) : unproven);
}

/** A replacer for `JSON.stringify`: redacts every string, and all of a field that has the name of a secret. */
export function redactValue(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return isSensitive.test(name) && value !== null ? redacted : value;
  return isSensitive.test(name) ? redacted : redact(value);
}

/** Must run first, and replaces everything between the pieces of a key: without one piece the others cannot be proven. */
function redactProven(text: string): string {
  let plain = '';
  let end = 0;
  for (const { from, to } of findKeys(text)) {
    if (from >= end) plain += text.slice(end, from) + redacted;
    end = Math.max(end, to);
  }
  return plain + text.slice(end);
}

function redactPlain(text: string): string {
  let plain = text;
  for (const { pattern, hint, keep = keepFirst } of shapes)
    if (hint === undefined || hint.test(plain)) plain = plain.replace(pattern, keep);
  return plain;
}

function keepFirst(_match: string, first = ''): string {
  return first + redacted;
}

const isEncoded = /%|\\u00/i;
const encodedRun = /(?:[\w.~+/=:-]|%(?:25)*[0-9a-f]{2}|\\{1,8}u00[0-9a-f]{2}){10,}/gi;
const encodedCharacter = /%(?:25)*([0-9a-f]{2})|\\{1,8}u00([0-9a-f]{2})/gi;
const deepest = 5;

/** A run with a secret in it is redacted as a whole: the position of the secret is unknown. */
function redactEncoded(run: string): string {
  const text = decoded(run);
  return text === undefined || redactPlain(redactProven(text)) !== text ? redacted : run;
}

/** URL and JSON escapes, decoded repeatedly; `undefined` if they are nested more than five deep. */
function decoded(text: string): string | undefined {
  let plain = text;
  for (let depth = 0; depth < deepest; depth += 1) {
    const next = plain.replace(encodedCharacter, (_match, url?: string, json?: string) =>
      String.fromCharCode(Number.parseInt(url ?? json ?? '0', 16)),
    );
    if (next === plain) return plain;
    plain = next;
  }
  return undefined;
}

/**
 * Most of a key, not only its display prefix; or a token. Narrower than what is redacted from logs, because a name that
 * contains it is refused: `load_test_benchmark` must not match.
 */
const token = String.raw`ey[JA][\w-]{10,}\.[\w-]{10,}\.[\w-]`;
const credential = new RegExp(
  [
    String.raw`[0-9a-z]_(?:live|test)_[0-9a-z]{20}`,
    String.raw`tk_[0-9a-z]{20}`,
    token,
    '-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----',
  ].join('|'),
  'i',
);
const tokenInPieces = new RegExp(token);
const base64Run = /[\w+/-]{40,}/g;

/**
 * True for text with an API key, a tool key, a JWT or a private key in it, plain, in base64, or encoded as in URLs and
 * JSON; and for a key with a checksum that lacks its prefix or is in pieces.
 */
export function holdsCredential(text: string): boolean {
  if (text.length < 20) return false;
  if (isCredential(text)) return true;
  const plain = decoded(text);
  return plain === undefined || (plain !== text && isCredential(plain));
}

/** The same for values that are stored together, including nested ones: also finds a key split over two neighbours. */
export function anyHoldsCredential(...values: readonly unknown[]): boolean {
  const { names, texts, all } = piecesOf(values);
  return [all, texts, names].some(
    (pieces) =>
      holdsCredential(pieces.join('\n')) ||
      findKeys(pieces.toReversed().join('\n')).length > 0 ||
      tokenInPieces.test(pieces.join('')),
  );
}

function isCredential(text: string): boolean {
  return credential.test(text) || findKeys(text).length > 0 || holdsEncoded(text);
}

/** What stands before base64 decides where its groups of four begin. */
function holdsEncoded(text: string): boolean {
  return [...text.matchAll(base64Run)].some(([run]) =>
    [0, 1, 2, 3].some((shift) => credential.test(Buffer.from(run.slice(shift), 'base64').toString('latin1'))),
  );
}

/** The names of fields and the values within, in order. Without recursion, as the depth is up to a client. */
function piecesOf(values: readonly unknown[]) {
  const names: string[] = [];
  const texts: string[] = [];
  const all: string[] = [];
  const waiting: { name?: string; value: unknown }[] = values.map((value) => ({ value })).toReversed();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { name, value } = next;
    if (name !== undefined) {
      names.push(name);
      all.push(name);
    }
    if (typeof value === 'object' && value !== null) {
      const inner = Array.isArray(value)
        ? value.map((one: unknown) => ({ value: one }))
        : Object.entries(value).map(([field, one]: [string, unknown]) => ({ name: field, value: one }));
      for (const one of inner.toReversed()) waiting.push(one);
    } else if (value !== undefined && value !== null) {
      texts.push(String(value));
      all.push(String(value));
    }
  }
  return { names, texts, all };
}
