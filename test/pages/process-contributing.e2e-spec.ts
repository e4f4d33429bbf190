import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from '@jest/globals';
import { hasShell } from '../support/pages/page-shell.js';
import { snippetsOf } from '../support/pages/kinds.js';
import { readPage, root } from '../support/pages/page.js';
import { RepositoryCopy } from '../support/pages/repository-copy.js';

const page = readPage('CONTRIBUTING.md');
const name = 'the walk-throughs of CONTRIBUTING.md end with tests that pass';

(hasShell ? it : it.skip)(
  hasShell ? name : `${name} (skipped: bash, curl or jq is not installed)`,
  async () => {
    const copy = await RepositoryCopy.make();
    try {
      for (const snippet of snippetsOf(page, 'repository')) await copy.follow(snippet);
    } finally {
      await copy.remove();
    }
  },
  600_000,
);

it('CONTRIBUTING.md has every folder of the source', async () => {
  const rows = [...page.text.matchAll(/^\| (`[^|]+`) +\|/gm)].map(([, cell = '']) => cell);
  const named = rows.flatMap((cell) => [...cell.matchAll(/`([\w.-]+)`/g)].map(([, place]) => place));
  const places = (await readdir(join(root, 'src'))).filter((place) => !place.endsWith('.spec.ts'));
  expect(named).toEqual(expect.arrayContaining(places));
});

it('npm run bench loads what it measures', async () => {
  const { ourModules } = (await import(pathToFileURL(join(root, 'bench/subjects/our-modules.js')).href)) as {
    ourModules: unknown;
  };
  expect(ourModules).toBeInstanceOf(Function);
});
