import { hashOfKey } from '../../key-store/key-mint.js';
import { escaped, expressionOf, type KeyPattern } from './key-pattern.js';

/** A key in a text. Holds its hash, and never the key. */
export interface FoundKey {
  /** From 1. */
  readonly line: number;
  /** The byte within the line, from 1. */
  readonly column: number;
  readonly kind: KeyPattern['kind'];
  readonly prefix: string;
  readonly hash: string;
  /** How it is written. */
  readonly encoding: 'plain' | 'utf-16' | 'base64';
}

type Candidate = Pick<FoundKey, 'kind' | 'prefix' | 'hash' | 'encoding'> & { readonly at: number };

/** One way in which keys are written. */
interface Search {
  readonly pattern: KeyPattern;
  readonly encoding: FoundKey['encoding'];
  readonly expression: RegExp;
  /** The key that begins with the match, if it is one, and where. */
  read(text: string, match: RegExpExecArray): { readonly key: string; readonly at: number } | undefined;
}

/** A search in base64 begins up to 3 characters before its match. */
const before = 4;

/**
 * Finds keys in the bytes of a file, chunk by chunk: whole ones, as they are, in UTF-16 and in base64. Only what its checksum
 * proves is a key. Keeps no more than a chunk, and takes time in proportion to the bytes, whatever they are.
 */
export class KeyScanner {
  private readonly searches: readonly Search[];
  /** No key is longer, however it is written. */
  private readonly overlap: number;

  constructor(patterns: readonly KeyPattern[]) {
    this.searches = patterns.flatMap((pattern) => [plain(pattern), wide(pattern), ...encoded(pattern)]);
    const longest = patterns.flatMap(({ heads, longest: rest }) => heads.map((head) => head.length + rest));
    this.overlap = Math.max(...longest) * 2 + 16;
  }

  /** The keys in a text of these chunks, in order. */
  *scan(chunks: Iterable<Buffer>): Generator<FoundKey> {
    const text = this.open();
    for (const chunk of chunks) yield* text.read(chunk, false);
    yield* text.read(Buffer.alloc(0), true);
  }

  /** The same for chunks that are yet to come; `isLast` ends the text. */
  open(): { read(chunk: Buffer, isLast: boolean): Generator<FoundKey> } {
    let kept: Buffer = Buffer.alloc(0);
    /** How much of what is kept was searched. */
    let done = 0;
    /** Of the first byte that is kept. */
    const place = { line: 1, column: 1 };
    const read = function* (this: KeyScanner, chunk: Buffer, isLast: boolean): Generator<FoundKey> {
      const bytes = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
      // A key that starts later may be incomplete.
      const end = isLast ? bytes.length : Math.max(done, bytes.length - this.overlap);
      const from = Math.max(0, end - before);
      const here = { ...place };
      let counted = 0;
      for (const { at, ...found } of this.candidates(bytes, done, end)) {
        advance(here, bytes, counted, at);
        counted = at;
        yield { ...here, ...found };
      }
      advance(place, bytes, 0, from);
      // A copy, as the chunk may be reused.
      kept = Buffer.from(bytes.subarray(from));
      done = end - from;
    };
    return { read: read.bind(this) };
  }

  /** The keys whose matches begin from `from` up to, but without, `to`. */
  private candidates(bytes: Buffer, from: number, to: number): Candidate[] {
    const text = bytes.toString('latin1');
    const isWide = bytes.includes(0);
    const found: Candidate[] = [];
    for (const { pattern, encoding, expression, read } of this.searches) {
      if (encoding === 'utf-16' && !isWide) continue;
      expression.lastIndex = from;
      for (;;) {
        const match = expression.exec(text);
        if (match === null || match.index >= to) break;
        expression.lastIndex = match.index + 1;
        const one = read(text, match);
        if (one === undefined) continue;
        const { kind } = pattern;
        found.push({
          at: one.at,
          kind,
          prefix: shownOf(one.key, pattern),
          hash: hashOfKey(one.key),
          encoding,
        });
        // What follows within a key is none.
        expression.lastIndex = match.index + match[0].length;
      }
    }
    return found.sort((one, other) => one.at - other.at);
  }
}

/** Moves a place from one byte to a later one. */
function advance(place: { line: number; column: number }, bytes: Buffer, from: number, to: number): void {
  let start = from;
  for (;;) {
    const newline = bytes.indexOf(10, start);
    if (newline === -1 || newline >= to) break;
    place.line += 1;
    place.column = 1;
    start = newline + 1;
  }
  place.column += to - start;
}

function shownOf(key: string, { heads, shown }: KeyPattern): string {
  const head = heads.find((one) => key.startsWith(one)) ?? '';
  return key.slice(0, head.length + shown);
}

/** The longest beginning of a text that is a key. */
function keyIn(text: string, { isKey, heads, shortest }: KeyPattern): string | undefined {
  const head = heads.find((one) => text.startsWith(one)) ?? '';
  for (let length = text.length; length >= head.length + shortest; length -= 1)
    if (isKey(text.slice(0, length))) return text.slice(0, length);
  return undefined;
}

function plain(pattern: KeyPattern): Search {
  return {
    pattern,
    encoding: 'plain',
    expression: new RegExp(expressionOf(pattern), 'g'),
    read: (_text, { 0: match, index }) => {
      const key = keyIn(match, pattern);
      return key === undefined ? undefined : { key, at: index };
    },
  };
}

/** UTF-16, in either order of bytes. */
function wide(pattern: KeyPattern): Search {
  const { heads, characters, shortest, longest } = pattern;
  const starts = heads.map((head) => Array.from(head, (one) => `${escaped(one)}\\0`).join(''));
  const rest = `(?:${characters}\\0){${shortest - 1},${longest - 1}}${characters}`;
  return {
    pattern,
    encoding: 'utf-16',
    expression: new RegExp(`(?:${starts.join('|')})${rest}`, 'g'),
    read: (_text, { 0: match, index }) => {
      const key = keyIn(match.replaceAll('\0', ''), pattern);
      return key === undefined ? undefined : { key, at: index };
    },
  };
}

const inBase64 = /^(?:[\w+/-]|\s)*/;

/** Base64, also for URLs and in lines. What stands before a key decides in which of three ways it is written. */
function encoded(pattern: KeyPattern): Search[] {
  const expression = new RegExp(`^(?:${expressionOf(pattern)})`);
  const longest = Math.max(...pattern.heads.map((head) => head.length)) + pattern.longest;
  return [0, 1, 2].map((shift) => {
    // Of the first characters, some bits are of what stands before.
    const unknown = Math.ceil((shift * 8) / 6);
    const starts = pattern.heads.map((head) => {
      const known = Math.floor(((shift + head.length) * 8) / 6);
      const text = Buffer.from('\0'.repeat(shift) + head, 'latin1').toString('base64');
      return text.slice(unknown, known).replaceAll('+', '[+-]').replaceAll('/', '[/_]');
    });
    return {
      pattern,
      encoding: 'base64' as const,
      expression: new RegExp(`(?:${starts.join('|')})[\\w+/-]{12}`, 'g'),
      read: (text: string, { index }: RegExpExecArray) => {
        const at = index - unknown;
        if (at < 0) return undefined;
        // Line breaks may stand between.
        const [run = ''] = inBase64.exec(text.slice(at, at + longest * 2)) ?? [];
        const decoded = Buffer.from(run.replace(/\s/g, ''), 'base64').toString('latin1', shift);
        const [match] = expression.exec(decoded) ?? [];
        const key = match === undefined ? undefined : keyIn(match, pattern);
        return key === undefined ? undefined : { key, at };
      },
    };
  });
}
