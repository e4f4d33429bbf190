import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { build, transform } from 'esbuild';
import { keepClassNames } from './keep-class-names.js';

/**
 * Joins what `nest build` made of the modules into the few files of the npm package, `dist/package`: an application that
 * imports them opens a dozen files and not 230. The entries share their classes. Packages stay imports. It reads the output
 * of TypeScript, because esbuild writes no metadata for Nest. Of the declarations it copies those that the entries name.
 *
 * `dist/package/cjs` has the same files as CommonJS, for Jest and for bundlers: Node itself loads the ES modules also by
 * `require`, so that there is one copy of each class in a process.
 */
const root = join(import.meta.dirname, '..');
const { exports, bin } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const entries = Object.values(exports).flatMap(({ types }) => types?.match(/types\/(.+)\.d\.ts$/)[1] ?? []);

/** The command line in an application, which shares their classes with the configuration of that. Only as an ES module. */
const commands = ['cli/application-programs'];

/** The entries that share nearly everything share one file, `gatehouse.js`, and only name what is in it. */
const names = entries.filter((entry) => !entry.includes('/'));
await write('dist/gatehouse.js', names.map((name) => `export * from './${name}.js';\n`).join(''));

/**
 * The console reaches much of the modules, which its applications load anyway. Taken to reach all, it divides them no further:
 * each file more is one that every application opens.
 */
const withModules = 'console/with-modules';
await write(`dist/${withModules}.js`, `import '../gatehouse.js';\nexport * from './index.js';\n`);
const bundled = entries.filter((entry) => !names.includes(entry));

const { metafile } = await build({
  metafile: true,
  absWorkingDir: root,
  entryPoints: ['gatehouse', ...bundled, ...commands].map((entry) => ({
    in: `dist/${entry === 'console/index' ? withModules : entry}.js`,
    out: entry,
  })),
  outbase: 'dist',
  outdir: 'dist/package',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  // The one package of the command line that applications need not have.
  alias: { 'csv-parse/sync': './node_modules/csv-parse/lib/sync.js' },
  plugins: [keepClassNames],
  logLevel: 'warning',
  logOverride: { 'ignored-bare-import': 'silent' },
});

/** The start of the command line, by itself: commands that need no application load nothing of the modules. */
await build({
  absWorkingDir: root,
  entryPoints: Object.values(bin).map((file) => join('dist', relative('dist/package', file))),
  outbase: 'dist',
  outdir: 'dist/package',
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  external: commands.map((command) => `./${relative('cli', command)}.js`),
  logLevel: 'warning',
});

const modules = 'dist/package';
for (const name of names) {
  const text = await readFile(join(root, `dist/${name}.js`), 'utf8');
  const list = text.replaceAll(/from '\.\/[^']+'/g, `from './gatehouse.js'`);
  await write(`${modules}/${name}.js`, list.replace(/^\/\/# sourceMappingURL.*$/m, ''));
}

const commonJs = `${modules}/cjs`;
/** As of CommonJS, which both kinds of modules may import. */
const types = `${modules}/types`;
for (const folder of [commonJs, types]) await write(`${folder}/package.json`, '{ "type": "commonjs" }\n');
const built = [...Object.keys(metafile.outputs), ...names.map((name) => `${modules}/${name}.js`)];
const isCommand = (output) => commands.some((command) => output === `${modules}/${command}.js`);
for (const output of built.filter(isCommand)) {
  const { code } = await transform(await readFile(join(root, output), 'utf8'), {
    format: 'esm',
    minify: true,
  });
  await writeFile(join(root, output), code);
}
for (const output of built.filter((one) => !isCommand(one))) {
  const { code } = await transform(await readFile(join(root, output), 'utf8'), {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // Jest cannot import in CommonJS.
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': 'urlOfThisFile' },
    banner: `const urlOfThisFile = require('node:url').pathToFileURL(__filename).href;`,
    // The ES modules are there to be read.
    minify: true,
  });
  await write(join(commonJs, relative(modules, output)), code);
}

const declarations = new Set(entries.map((entry) => `${entry}.d.ts`));
for (const file of declarations) {
  const text = await readFile(join(root, 'dist', file), 'utf8');
  for (const [, path] of text.matchAll(/(?:from |import |import\()["'](\.[^"']+)\.js["']/g))
    declarations.add(join(file, '..', `${path}.d.ts`));
  await cp(join(root, 'dist', file), join(root, types, file));
}

async function write(path, text) {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}
