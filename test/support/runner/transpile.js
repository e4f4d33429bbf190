import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { transformSync, version } from '@swc/core';

const options = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2022',
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: true,
  swcrc: false,
};
const root = join(import.meta.dirname, '../../..');
const cache = join(root, 'node_modules/.cache/gatehouse-tests');

/**
 * JavaScript of a TypeScript file, and the path of its source map. Both stay on disk from one run to the next: in the cache,
 * or beside a file that is not of this repository.
 */
export function transpile(file) {
  const source = readFileSync(file, 'utf8');
  const key = createHash('sha1')
    .update(JSON.stringify([version, options, source]))
    .digest('hex');
  const place = relative(root, file);
  const path = `${place.startsWith('..') ? file : join(cache, place)}.js`;
  const map = `${path}.map`;
  const known = read(path);
  if (known?.endsWith(key)) return { code: known, map };
  const output = transformSync(source, { ...options, filename: file, sourceFileName: basename(file) });
  const code = `${output.code}// ${key}`;
  mkdirSync(dirname(path), { recursive: true });
  put(map, output.map);
  put(path, code);
  return { code, map };
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Whole or not at all, as other workers write the same files at the same time. */
function put(path, text) {
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, text);
  renameSync(partial, path);
}
