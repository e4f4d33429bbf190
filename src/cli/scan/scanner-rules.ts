import { expressionOf, type KeyPattern } from './key-pattern.js';

const names = { api_key: 'API key', tool_key: 'tool key' } as const;
const idOf = ({ kind }: KeyPattern) => `gatehouse-${kind.replace('_', '-')}`;
const nameOf = ({ kind }: KeyPattern) => `Gatehouse ${names[kind]}`;

/** Bits of a character. Random base62 has about 4.9, hex 3.8, and a placeholder such as `xxxx` next to none. */
const leastEntropy = 3;

/**
 * The pattern with its ends: what follows must not go on, and a short head must not be the end of a word. Without lookaround,
 * which RE2 and Hyperscan do not have.
 */
function rule(pattern: KeyPattern): string {
  const isShort = Math.min(...pattern.heads.map((head) => head.length)) < 4;
  return `${isShort ? String.raw`\b` : ''}(${expressionOf(pattern)})${endsWord(pattern) ? String.raw`\b` : ''}`;
}

/** `\b` after a character that is not of a word would want one that is. */
function endsWord({ characters }: KeyPattern): boolean {
  return characters === '[0-9A-Za-z]';
}

/** https://github.com/gitleaks/gitleaks#configuration */
function gitleaks(patterns: readonly KeyPattern[]): string {
  return toml(patterns, `entropy = ${leastEntropy}`);
}

/** https://github.com/betterleaks/betterleaks/blob/main/docs/config.md: as for gitleaks, with filters in CEL. */
function betterleaks(patterns: readonly KeyPattern[]): string {
  return toml(patterns, `filter = '''filter.entropy(finding["secret"]) < ${leastEntropy}.0'''`);
}

function toml(patterns: readonly KeyPattern[], entropy: string): string {
  const rules = patterns.map((pattern) =>
    [
      '[[rules]]',
      `id = "${idOf(pattern)}"`,
      `description = "${nameOf(pattern)}"`,
      `regex = '''${rule(pattern)}'''`,
      `keywords = ${JSON.stringify(pattern.heads.map((head) => head.toLowerCase()))}`,
      entropy,
    ].join('\n'),
  );
  return ['title = "Gatehouse keys"', '', '[extend]', 'useDefault = true', '', rules.join('\n\n')].join('\n');
}

/** https://github.com/trufflesecurity/trufflehog/blob/main/pkg/custom_detectors/CUSTOM_DETECTORS.md */
function trufflehog(patterns: readonly KeyPattern[]): string {
  const detectors = patterns.map((pattern) =>
    [
      `  - name: ${nameOf(pattern)}`,
      '    keywords:',
      ...pattern.heads.map((head) => `      - ${quoted(head)}`),
      '    regex:',
      `      key: ${quoted(rule(pattern))}`,
      `    entropy: ${leastEntropy}`,
    ].join('\n'),
  );
  return ['detectors:', ...detectors].join('\n');
}

/** A single-quoted scalar of YAML. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** https://github.com/secretlint/secretlint/blob/master/docs/rules/pattern.md */
function secretlint(patterns: readonly KeyPattern[]): string {
  const rules = patterns.map((pattern) => ({ name: nameOf(pattern), patterns: [`/${rule(pattern)}/`] }));
  const options = { patterns: rules };
  return JSON.stringify({ rules: [{ id: '@secretlint/secretlint-rule-pattern', options }] }, null, 2);
}

/** https://docs.github.com/en/code-security/reference/secret-security/custom-patterns: the fields of the form. */
function github(patterns: readonly KeyPattern[]): string {
  return patterns
    .map((pattern) =>
      [
        `Pattern name:       ${nameOf(pattern)}`,
        `Secret format:      ${expressionOf(pattern)}`,
        String.raw`Before secret:      \A|[^0-9A-Za-z]`,
        `After secret:       ${endsWord(pattern) ? String.raw`\z|[^0-9A-Za-z]` : String.raw`\z|[^\x21-\x7e]`}`,
        'Additional match requirements:',
        '  must not match:   [xX]{8}',
        `Sample test string: ${example(pattern)}`,
      ].join('\n'),
    )
    .join('\n\n');
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A text of this pattern, with a wrong checksum. */
function example({ heads, shortest }: KeyPattern): string {
  return `${heads[0] ?? ''}${alphabet.repeat(Math.ceil(shortest / alphabet.length)).slice(0, shortest)}`;
}

/** By the names of the tools. Each makes the text of a file, without a line break at the end. */
export const scannerRules = { gitleaks, trufflehog, betterleaks, secretlint, github };

export const scannerNames = Object.keys(scannerRules) as (keyof typeof scannerRules)[];
