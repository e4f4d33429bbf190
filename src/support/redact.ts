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

const prefixes = new Map<string, Shape>();

/** From now on also redacts what begins with this prefix of tokens. */
export function redactAfter(prefix: string): void {
  const literal = prefix.replaceAll('.', String.raw`\.`);
  prefixes.set(prefix, { pattern: new RegExp(String.raw`(?<![\w.-])(${literal})[\w.~+/=-]{4,}`, 'g') });
}

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

/**
 * The text without what is proven to be a key. Must run first, and replaces everything between the pieces of a key: without
 * one piece the others cannot be proven.
 */
export function redactProven(text: string): string {
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
  for (const { pattern, hint, keep = keepFirst } of [...shapes, ...prefixes.values()])
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

/** The text with URL and JSON escapes decoded repeatedly; `undefined` if they are nested more than five deep. */
export function decoded(text: string): string | undefined {
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
