import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, it } from '@jest/globals';

const src = import.meta.dirname;

/** From the top down. A folder may import from those below it, and from itself. */
const layers = [
  ['index.ts', 'seams.ts', 'database.ts', 'main.ts', 'testing'],
  ['cli'],
  ['server'],
  ['console'],
  ['platform'],
  ['gatehouse', 'mcp'],
  ['issuer'],
  ['entities.ts'],
  ['api-keys', 'tool-keys'],
  ['explain', 'leaks'],
  ['auth'],
  ['jwt', 'http'],
  ['usage', 'limits'],
  ['key-store'],
  ['identity'],
  ['audit'],
  ['database'],
  ['support'],
  ['principal'],
  // The generated client: imports nothing of the application, and nothing of it imports the client.
  ['client'],
];
const rankOf = (place: string) => layers.findIndex((layer) => layer.includes(place.replace(/\.js$/, '.ts')));
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /(?<!\.spec|\.d)\.ts$/.test(file),
);

it('every file is in a folder with a rank', () => {
  expect(files.filter((file) => rankOf(file.split('/')[0] ?? '') < 0)).toEqual([]);
});

it('imports only go down', () => {
  const upward = files.flatMap((file) => {
    const from = file.split('/')[0] ?? '';
    return importsOf(file)
      .map((target) => target.split('/')[0] ?? '')
      .filter((to) => to !== from && rankOf(to) <= rankOf(from))
      .map((to) => `${file} imports from ${to}`);
  });
  expect(upward).toEqual([]);
});

it('nothing imports test code', () => {
  const importers = files.filter((file) => importsOf(file).some((path) => path.startsWith('testing/')));
  expect(importers.filter((file) => !file.startsWith('testing/'))).toEqual([]);
});

it('the client and the application do not import each other', () => {
  const across = (file: string) =>
    importsOf(file).some((path) => path.startsWith('client/') !== file.startsWith('client/'));
  expect(files.filter(across)).toEqual([]);
});

it('nothing imports the entries of the package', () => {
  const entries = ['index.js', 'seams.js', 'database.js'];
  expect(files.filter((file) => importsOf(file).some((path) => entries.includes(path)))).toEqual([]);
});

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  return [...text.matchAll(/(?:from|import) '(\.[^']+)'/g)].map(([, path = '']) =>
    relative(src, resolve(src, file, '..', path)),
  );
}
