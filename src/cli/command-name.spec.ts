import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const folders = ['docs', 'examples', 'src'];
const shortForm = new RegExp(['npx', String.raw`(?:-\S+ )*gatehouse\b`].join(' '));

it('no page, example or message names another package than ours to npx', () => {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(md|ts|js|json)$/.test(file) && !/node_modules|dist/.test(file))
      .map((file) => join(folder, file)),
  );
  const all = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...files];
  expect(all.length).toBeGreaterThan(300);
  expect(all.filter((file) => shortForm.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
  expect(['npx', 'gatehouse token'].join(' ')).toMatch(shortForm);
  expect('npx nestjs-gatehouse token').not.toMatch(shortForm);
});
