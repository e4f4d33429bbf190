import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Joins what `nest build` made of the modules into the few files of the npm package, `dist/package`: an application that
 * imports them opens a dozen files and not 230. The entries share their classes. Packages stay imports. It reads the output
 * of TypeScript, because esbuild writes no metadata for Nest. Of the declarations it copies those that the entries name.
 */
const root = join(import.meta.dirname, '..');
const entries = ['index', 'client/index', 'testing/index'];

/** Nest and our messages read the names of classes, and esbuild renames some. Its own `keepNames` slows functions down too. */
const keepClassNames = {
  name: 'keep-class-names',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(
        /\bclass (\w+)(?: extends .+)? \{$/gm,
        '$& static { Object.defineProperty(this, "name", { value: "$1", configurable: true }); }',
      ),
    }));
  },
};

await build({
  absWorkingDir: root,
  entryPoints: entries.map((name) => `dist/${name}.js`),
  outbase: 'dist',
  outdir: 'dist/package',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  plugins: [keepClassNames],
  logLevel: 'warning',
});

const declarations = new Set(entries.map((name) => `${name}.d.ts`));
for (const file of declarations) {
  const text = await readFile(join(root, 'dist', file), 'utf8');
  for (const [, path] of text.matchAll(/(?:from |import |import\()["'](\.[^"']+)\.js["']/g))
    declarations.add(join(file, '..', `${path}.d.ts`));
  await cp(join(root, 'dist', file), join(root, 'dist/package', file));
}
