/** Lists what `import 'nestjs-gatehouse'` loads that an application with Nest and TypeORM has not loaded: packages and own files. */
import { createRequire, register } from 'node:module';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';

const hooks = `let port;
export function initialize(data) { port = data; }
export function load(url, context, next) { port.postMessage(url); return next(url, context); }`;
const { port1, port2 } = new MessageChannel();
register(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: port2, transferList: [port2] });

const modules = new Set();
const { cache } = createRequire(import.meta.url);
async function loadedBy(names) {
  for (const name of names) await import(name);
  const all = Object.keys(cache);
  for (let next = receiveMessageOnPort(port1); next !== undefined; next = receiveMessageOnPort(port1))
    all.push(next.message);
  const added = all.filter((path) => !path.startsWith('node:') && !modules.has(path));
  for (const path of added) modules.add(path);
  return added;
}

await loadedBy(['@nestjs/common', '@nestjs/core', '@nestjs/platform-express', 'typeorm']);
const added = await loadedBy(['nestjs-gatehouse']);
const packages = added.map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
const exports = await import('nestjs-gatehouse');
const isClass = (value) => typeof value === 'function' && /^class\b/.test(String(value));
const renamed = Object.entries(exports).filter(([name, value]) => isClass(value) && value.name !== name);
process.stdout.write(
  JSON.stringify({
    packages: [...new Set(packages)].filter((name) => name !== 'nestjs-gatehouse').sort(),
    files: packages.filter((name) => name === 'nestjs-gatehouse').length,
    renamed: renamed.map(([name]) => name),
  }),
);
