import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const docs = join(import.meta.dirname, '../../docs');
const page = (await readFile(join(docs, 'threat-model.md'), 'utf8')).replaceAll(/\s+/g, ' ');
const shown = [...page.matchAll(/"\[([^\]]+)\]\((\.\.\/(?:test|src)\/[^)]+)\)"/g)].map(
  ([, title = '', file = '']) => ({ title, file }),
);

describe('docs/threat-model.md', () => {
  it('names a test for what holds', () => {
    expect(shown.length).toBeGreaterThan(40);
    expect(page.match(/\.\.\/(?:test|src)\//g)).toHaveLength(shown.length);
  });

  it.each(shown)('names a test that there is: $title', async ({ title, file }) => {
    const source = await readFile(join(docs, file), 'utf8');
    expect([`'${title}`, `"${title}`, `\`${title}`].some((start) => source.includes(start))).toBe(true);
  });

  it('lists what is left by numbers that there are', () => {
    const limits = [...page.matchAll(/ (\d+)\. \*\*/g)].map(([, number]) => Number(number));
    expect(limits).toEqual(limits.map((_, index) => index + 1));
    const [, table = ''] = /what is left \|(.*)$/.exec(page) ?? [];
    const listed = [...table.matchAll(/\b(\d{1,2})\b(?:–(\d+))?/g)].flatMap(([, from, to = from]) => [
      Number(from),
      Number(to),
    ]);
    expect(listed.length).toBeGreaterThan(0);
    expect(listed.filter((number) => !limits.includes(number))).toEqual([]);
  });
});
