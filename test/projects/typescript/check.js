/** The type check of an application, and of the entries of the package, with each kind of module. */
const { execFileSync } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const { version } = require('typescript');

const kinds = {
  commonjs: { module: 'commonjs', moduleResolution: 'node10' },
  node16: { module: 'node16' },
  nodenext: { module: 'nodenext' },
  esm: { module: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
};
// Without the classic resolution, which TypeScript 7 has no more.
if (Number(version.split('.')[0]) > 5) kinds.commonjs.moduleResolution = 'bundler';
// A CommonJS module that requires ES modules is a matter of `nodenext`.
if (process.env.NEST === '12') delete kinds.node16;

for (const [kind, options] of Object.entries(kinds)) {
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2023'],
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    ...options,
  };
  writeFileSync('tsconfig.json', JSON.stringify({ compilerOptions, include: ['src'] }));
  const manifest = require('./package.json');
  writeFileSync(
    'package.json',
    JSON.stringify({ ...manifest, type: kind === 'esm' ? 'module' : 'commonjs' }),
  );
  try {
    execFileSync('node_modules/.bin/tsc', ['-p', '.'], { encoding: 'utf8' });
  } catch (error) {
    console.error(`${kind}:\n${error.stdout}`);
    process.exitCode = 1;
  }
}
