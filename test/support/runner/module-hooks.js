import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transpile } from './transpile.js';

const globals = new URL('jest-globals.js', import.meta.url).href;
const tests = new URL('../../', import.meta.url).href;

/**
 * Node's module hooks for the tests: TypeScript is loaded as it stands in the source. What a test file has to itself, the
 * modules of `test/` and Jest's globals, is marked with `?run=` and loaded anew for each; all else is loaded once.
 */
export async function resolve(specifier, context, nextResolve) {
  const { parentURL = '' } = context;
  const run = /\?run=\d+$/.exec(parentURL)?.[0];
  if (specifier === '@jest/globals') return { url: globals + (run ?? ''), shortCircuit: true };
  if (!/^(\.{1,2}\/|file:)/.test(specifier) || parentURL.includes('/node_modules/')) {
    return nextResolve(specifier, context);
  }
  const asked = new URL(specifier, parentURL || undefined);
  const typescript = new URL(asked.href.replace(/\.js(\?.*)?$/, '.ts$1'));
  const isTypescript = typescript.pathname.endsWith('.ts') && existsSync(fileURLToPath(typescript));
  const { href: url } = isTypescript ? typescript : asked;
  if (run !== undefined && url.startsWith(tests) && !url.includes('?')) {
    return { url: url + run, format: 'module', shortCircuit: true };
  }
  return isTypescript ? { url, format: 'module', shortCircuit: true } : nextResolve(specifier, context);
}

export async function load(url, context, nextLoad) {
  const { protocol, pathname } = new URL(url);
  if (protocol !== 'file:' || !pathname.endsWith('.ts')) return nextLoad(url, context);
  return { format: 'module', source: transpile(fileURLToPath(url)).code, shortCircuit: true };
}
