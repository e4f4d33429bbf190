/**
 * Runs `@modelcontextprotocol/conformance`. It is made for Node 22: of what Node 20 lacks it imports `globSync`, for a command that is
 * not used here.
 */
import * as fs from 'node:fs';
import { register } from 'node:module';

const hooks = `
export function resolve(name, context, next) {
  const isOurs = name === 'fs' && context.parentURL?.includes('/conformance/');
  return isOurs ? { url: 'fs:with-glob', shortCircuit: true } : next(name, context);
}
export function load(url, context, next) {
  if (url !== 'fs:with-glob') return next(url, context);
  const source = "export * from 'node:fs'; export { default } from 'node:fs'; export const globSync = () => [];";
  return { format: 'module', shortCircuit: true, source };
}`;
if (fs.globSync === undefined) register(`data:text/javascript,${encodeURIComponent(hooks)}`);
await import('@modelcontextprotocol/conformance/dist/index.js');
