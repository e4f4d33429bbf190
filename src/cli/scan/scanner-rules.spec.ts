import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { type KeyFormat, PrefixedKeyFormat } from '../../key-store/key-format.js';
import { KeyMint } from '../../key-store/key-mint.js';
import { keyPatternsOf } from './key-pattern.js';
import { scannerNames, scannerRules } from './scanner-rules.js';

const patterns = keyPatternsOf({ keyPrefix: 'acme' });
const mint = new KeyMint(new PrefixedKeyFormat('acme'));
const keys = [mint.mintApiKey('live').key, mint.mintApiKey('test').key, mint.mintToolKey().key];

/** The expressions in the text of a rule file. */
const expressionsOf: Record<(typeof scannerNames)[number], (text: string) => string[]> = {
  gitleaks: (text) => [...text.matchAll(/regex = '''(.*)'''/g)].map(([, one = '']) => one),
  betterleaks: (text) => [...text.matchAll(/regex = '''(.*)'''/g)].map(([, one = '']) => one),
  trufflehog: (text) =>
    (load(text) as { detectors: { regex: { key: string } }[] }).detectors.map(({ regex }) => regex.key),
  secretlint: (text) =>
    JSON.parse(text).rules[0].options.patterns.map(({ patterns: [one] }: { patterns: string[] }) =>
      one?.slice(1, -1),
    ),
  github: (text) => [...text.matchAll(/Secret format: +(.*)/g)].map(([, one = '']) => one),
};

describe.each(scannerNames)('the rules for %s', (name) => {
  const text = scannerRules[name](patterns);
  const expressions = expressionsOf[name](text);

  it('match keys of the configured prefix, and no more than the key', () => {
    expect(expressions).toHaveLength(2);
    for (const key of keys) {
      const matches = expressions.map((one) => new RegExp(one).exec(`key="${key}",`)?.[0]);
      expect(matches.filter((match) => match !== undefined)).toEqual([key]);
    }
    const other = new KeyMint().mintApiKey('live').key;
    expect(expressions.some((one) => new RegExp(one).test(other))).toBe(false);
  });

  it('are without what RE2 and Hyperscan do not have', () => {
    expect(expressions.join()).not.toMatch(/\(\?[=!<]|\\[1-9]/);
    expect(text).toContain('acme_live_');
    expect(text).not.toContain('mk_');
  });
});

it('a scanner does not find the sample of the GitHub pattern here', () => {
  const samples = [...scannerRules.github(patterns).matchAll(/test string: (.*)/g)].map(
    ([, one = '']) => one,
  );
  expect(samples).toHaveLength(2);
  for (const sample of samples) {
    const pattern = patterns.find(({ heads }) => heads.some((head) => sample.startsWith(head)));
    expect(
      expressionsOf.github(scannerRules.github(patterns)).some((one) => new RegExp(`^${one}$`).test(sample)),
    ).toBe(true);
    expect(pattern?.isKey(sample)).toBe(false);
  }
});

it('an application’s own format is known by the keys that it makes', () => {
  class DashedFormat implements KeyFormat {
    readonly heads = ['acme-live-', 'acme-test-'];
    create(environment: 'live' | 'test') {
      const key = `acme-${environment}-${mint.mintApiKey('live').hash}`;
      return { key, prefix: key.slice(0, 16) };
    }
    recognise() {
      return 'PLAUSIBLE' as const;
    }
  }
  const [own] = keyPatternsOf({ keyFormat: DashedFormat });
  expect(own).toMatchObject({ characters: '[0-9A-Za-z]', shortest: 64, longest: 64, shown: 6 });
  const { key } = new DashedFormat().create('test');
  for (const name of scannerNames) {
    const [expression = ''] = expressionsOf[name](scannerRules[name](own === undefined ? [] : [own]));
    expect(new RegExp(expression).exec(`x ${key}`)?.[0]).toBe(key);
  }
});
