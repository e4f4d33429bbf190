/** One challenge of a `WWW-Authenticate` header (RFC 9110 §11.6.1). */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** By their names in lower case; of a repeated one the first. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The names of parameters that stand there twice. */
  readonly repeated: readonly string[];
}

const token = String.raw`[!#$%&'*+.^_\`|~0-9A-Za-z-]+`;
const parameter = new RegExp(String.raw`^(${token})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|(${token}))\s*(?=,|$)`, 's');
const schemeWithParameters = new RegExp(String.raw`^(${token})\s+(?=${token}\s*=[^=])`);
const schemeWithToken68 = new RegExp(String.raw`^(${token})(?:\s+[A-Za-z0-9._~+/-]+=*)?\s*(?=,|$)`);

const longestHeader = 16_384;

/** Reads the challenges of a header; `undefined` for one that cannot be read. */
export function readChallenges(header: string): Challenge[] | undefined {
  const challenges: { scheme: string; parameters: Map<string, string>; repeated: string[] }[] = [];
  let rest = header.slice(0, longestHeader).trimStart();
  while (rest !== '') {
    const scheme = schemeWithParameters.exec(rest);
    const own = scheme === null ? parameter.exec(rest) : null;
    const alone = scheme === null && own === null ? schemeWithToken68.exec(rest) : null;
    const read = scheme ?? own ?? alone;
    if (read === null) return undefined;
    const [text, name = '', quoted, plain] = read;
    if (own === null) challenges.push({ scheme: name.toLowerCase(), parameters: new Map(), repeated: [] });
    else {
      const last = challenges.at(-1);
      if (last === undefined) return undefined;
      const key = name.toLowerCase();
      if (last.parameters.has(key)) last.repeated.push(key);
      else last.parameters.set(key, quoted?.replace(/\\(.)/gs, '$1') ?? plain ?? '');
    }
    rest = rest.slice(text.length);
    // Between a scheme and its first parameter there is no comma.
    rest = scheme === null ? rest.replace(/^[\s,]+/, '') : rest.trimStart();
  }
  return challenges;
}
