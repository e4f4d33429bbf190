import { join } from 'node:path';
import { build } from 'esbuild';
import { keepClassNames } from './keep-class-names.js';

/**
 * Joins what `nest build` made, and the packages it needs, into few files: `dist/bundle/main.js` is ready in half the time
 * of `dist/main.js`, which loads two thousand files. `dist` as a whole is made anew by each `nest build`, so a bundle
 * is never older than it. Another folder and its scripts may be named instead.
 */
const root = join(import.meta.dirname, '..');
const service = ['main', 'cli/keys', 'cli/openapi', 'cli/routes', 'cli/token'].map((name) => `${name}.js`);
const [folder = 'dist', ...scripts] = process.argv.slice(2);
const entries = scripts.length > 0 ? scripts : service;

/** What is loaded from its own folder: native code, files that are served, and what only some ever load. */
const external = [
  'better-sqlite3',
  'pg',
  'ioredis',
  'reflect-metadata',
  'swagger-ui-dist',
  'typescript',
  'prettier',
];

/** Packages that others can use but that are not installed are looked for when the service runs, as without a bundle. */
const leaveOutWhatIsNotInstalled = {
  name: 'leave-out-what-is-not-installed',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[@a-z]/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === 'asked' || from.kind === 'entry-point') return undefined;
      const found = await resolve(path, { ...from, pluginData: 'asked' });
      return found.errors.length === 0 ? found : { path, external: true };
    });
  },
};

await build({
  absWorkingDir: root,
  entryPoints: entries.map((name) => `${folder}/${name}`),
  outbase: folder,
  outdir: `${folder}/bundle`,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external,
  plugins: [leaveOutWhatIsNotInstalled, keepClassNames],
  // For the CommonJS modules among them.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
  },
  logLevel: 'warning',
});
