import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const read = async (file: string) => (await readFile(join(root, file), 'utf8')).replaceAll(/\s+/g, ' ');
const page = await read('docs/threat-model.md');
const security = await read('SECURITY.md');
const testsIn = (text: string) =>
  [...text.matchAll(/"\[([^\]]+)\]\((?:\.\.\/)?((?:test|src)\/[^)]+)\)"/g)].map(
    ([, title = '', file = '']) => ({ title, file }),
  );

describe.each([
  ['docs/threat-model.md', page, 40],
  ['SECURITY.md', security, 10],
])('%s', (_page, text, least) => {
  const shown = testsIn(text);

  it('names a test for what holds', () => {
    expect(shown.length).toBeGreaterThan(least);
    expect(text.match(/\((?:\.\.\/)?(?:test|src)\//g)).toHaveLength(shown.length);
  });

  it.each(shown)('names one test, by its name or the beginning of it: $title', async ({ title, file }) => {
    const source = await readFile(join(root, file), 'utf8');
    const found = (end: (quote: string) => string) =>
      ["'", '"', '`'].reduce((sum, quote) => sum + source.split(quote + title + end(quote)).length - 1, 0);
    expect([found(() => ''), found((quote) => quote)]).toContain(1);
  });
});

describe('docs/threat-model.md', () => {
  it('lists what is left by numbers that there are', () => {
    const limits = [...page.matchAll(/ (\d+)\. \*\*/g)].map(([, number]) => Number(number));
    expect(limits).toEqual(limits.map((_, index) => index + 1));
    const [, table = ''] = /open limits \|(.*)$/.exec(page) ?? [];
    const listed = [...table.matchAll(/\b(\d{1,2})\b(?:–(\d+))?/g)].flatMap(([, from, to = from]) => [
      Number(from),
      Number(to),
    ]);
    expect(listed.length).toBeGreaterThan(0);
    expect(listed.filter((number) => !limits.includes(number))).toEqual([]);
  });
});
