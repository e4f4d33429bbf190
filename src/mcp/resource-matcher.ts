/**
 * Finds which of the declared resources a server may take a URI for. Servers differ: MCP-Nest ignores scheme, case and query, and tries
 * templates first; the SDK compares what `URL` makes of it, without dot segments and tabs. So more may match than the server chooses
 * from, never fewer.
 */
export class ResourceMatcher {
  /** What stands between the expressions of a URI template (RFC 6570), in upper case and without the scheme. */
  private readonly literals: ReadonlyMap<string, readonly string[]>;

  constructor(declared: Iterable<string>) {
    this.literals = new Map([...declared].map((uri) => [uri, literalsOf(uri)]));
  }

  matches(uri: string): string[] {
    const texts = spellingsOf(uri);
    const matching = [...this.literals].filter(([, literals]) => texts.some((text) => fits(text, literals)));
    return matching.map(([declared]) => declared);
  }
}

function literalsOf(declared: string): string[] {
  const [first = '', second] = declared.toUpperCase().split('://');
  return (second ?? first).split(/\{[^}]*\}/);
}

/** Of the URI as sent, decoded and normalized: with and without scheme, query and final slash. */
function spellingsOf(uri: string): string[] {
  // As expressions without regard to case compare: lower case would keep some letters apart that they take for the same.
  const read = [uri, decoded(uri), normalized(uri)].map((text) => text.toUpperCase());
  const withoutScheme = read.flatMap((text) => [text, ...text.split('://').slice(0, 2)]);
  const withoutQuery = withoutScheme.flatMap((text) => [text, text.replace(/\?.*$/s, '')]);
  return [...new Set(withoutQuery.flatMap((text) => [text, text.replace(/\/$/, '')]))];
}

/** Any text stands for an expression. In linear time: a literal is best taken where it first occurs. */
function fits(text: string, [first = '', ...others]: readonly string[]): boolean {
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let from = first.length;
  for (const literal of others) {
    const at = text.indexOf(literal, from);
    if (at < 0) return false;
    from = at + literal.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}

function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

function normalized(uri: string): string {
  return URL.canParse(uri) ? new URL(uri).href : uri;
}
