import { access, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execute } from './execute.js';
import { addAddon, installNode, installPnpm } from './native.js';

const root = join(import.meta.dirname, '../..');

/** Installs a project in an empty folder and runs it. Says how it went; resolves with `false` when it failed. */
export async function tryProject(run, { folder, packed, databases, keep }) {
  const started = performance.now();
  const seconds = () => `${Math.round((performance.now() - started) / 1000)} s`;
  const project = join(folder, run.name);
  try {
    await lay(run, project, packed);
    const env = await environment(run, folder, databases);
    await install(run, project, env, folder);
    const installed = seconds();
    await execute('npm', ['test', '--silent'], { cwd: project, env });
    console.log(`${run.name}: passed in ${seconds()}, installed in ${installed}`);
    return true;
  } catch (error) {
    console.log(`${run.name}: failed after ${seconds()}\n${error.message}`);
    return false;
  } finally {
    if (!keep) await rm(project, { recursive: true, force: true });
  }
}

/** The folder's files with other versions, the packed file, and the README's application. */
async function lay({ folder, versions = {} }, project, packed) {
  await cp(folder, project, { recursive: true });
  const manifest = JSON.parse(await readFile(join(project, 'package.json'), 'utf8'));
  manifest.dependencies['nestjs-gatehouse'] = `file:${packed}`;
  manifest.dependencies['gatehouse-checks'] = `file:${join(import.meta.dirname, 'checks')}`;
  for (const [name, version] of Object.entries(versions)) {
    const list = name in (manifest.devDependencies ?? {}) ? manifest.devDependencies : manifest.dependencies;
    if (version === null) delete list[name];
    else list[name] = version;
  }
  await writeFile(join(project, 'package.json'), JSON.stringify(manifest, null, 2));
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const [, snippet] = /^```ts\n(\/\/ app\.module\.ts\n[^]*?)^```$/m.exec(readme);
  const written = join(project, 'src/app.module.ts');
  const isThere = await access(written).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  await mkdir(join(project, 'src'), { recursive: true });
  await writeFile(written, snippet);
}

/** That of a terminal in which only the project's version of Node is new. */
async function environment({ node, env = {} }, folder, databases) {
  const { PATH, HOME } = process.env;
  const settings = ['npm_config_cache', 'npm_config_globalconfig'].filter((name) => process.env[name]);
  const base = {
    PATH,
    HOME,
    CI: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_install_links: 'true',
    DATABASE_URL: await databases.create(),
    // Another Node would look elsewhere.
    ...Object.fromEntries(settings.map((name) => [name, process.env[name]])),
    ...env,
  };
  if (!node) return base;
  const { bin, headers } = await installNode(node, folder, base);
  return { ...base, PATH: `${bin}${delimiter}${PATH}`, npm_config_nodedir: headers };
}

/** Without scripts: those of a driver would fetch what was compiled elsewhere. */
async function install({ manager = 'npm', node }, project, env, folder) {
  const command = manager === 'pnpm' ? await installPnpm(folder, env) : manager;
  await execute(command, ['install', '--ignore-scripts', '--prefer-offline'], { cwd: project, env });
  await addAddon(project, node, env);
}
