import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const here = import.meta.dirname;
const nest = (version) => ({
  '@nestjs/common': version,
  '@nestjs/core': version,
  '@nestjs/platform-express': version,
});
const nest12 = { ...nest('12.5.1'), typeorm: '1.1.1' };
const fastify = (version) => ({
  env: { ADAPTER: 'fastify' },
  versions: { '@nestjs/platform-express': null, '@nestjs/platform-fastify': version },
});
const swagger = (version) => ({ env: { SWAGGER: 'swagger' }, versions: { '@nestjs/swagger': version } });

/**
 * A folder of this one, with other versions. `null` leaves a package out. CI runs those with `ci`, after each folder as it
 * is; `npm run test:projects -- --all` runs all.
 */
const variants = [
  { name: 'pnpm', of: 'nest12-vitest', manager: 'pnpm', ci: true },
  {
    name: 'floors',
    of: 'plain',
    ci: true,
    ...swagger('11.0.0'),
    versions: {
      ...nest('11.1.0'),
      ...swagger('11.0.0').versions,
      'reflect-metadata': '0.2.0',
      rxjs: '7.2.0',
      typeorm: '0.3.28',
      pg: '8.11.0',
    },
  },
  {
    name: 'ceilings',
    of: 'plain',
    ci: true,
    ...swagger('12.0.2'),
    versions: { ...nest12, ...swagger('12.0.2').versions },
  },
  { name: 'floor-nest', of: 'plain', versions: nest('11.1.0') },
  { name: 'floor-typeorm', of: 'plain', versions: { typeorm: '0.3.28' } },
  { name: 'floor-typeorm-1', of: 'plain', versions: { typeorm: '1.0.0' } },
  { name: 'floor-pg', of: 'plain', versions: { pg: '8.11.0' } },
  { name: 'floor-better-sqlite3', of: 'plain', versions: { 'better-sqlite3': '11.0.0' } },
  { name: 'floor-rxjs', of: 'plain', versions: { rxjs: '7.2.0', 'reflect-metadata': '0.2.0' } },
  { name: 'floor-swagger', of: 'plain', ...swagger('11.0.0') },
  { name: 'ceiling-swagger-11', of: 'plain', ...swagger('11.4.7') },
  { name: 'ceiling-typeorm', of: 'plain', versions: { typeorm: '1.1.1' } },
  { name: 'floor-nest-12', of: 'plain', versions: { ...nest12, ...nest('12.0.1') } },
  { name: 'floor-fastify', of: 'plain', ...fastify('11.1.0') },
  { name: 'ceiling-fastify', of: 'plain', ...fastify('11.2.8') },
  { name: 'typescript-6', of: 'typescript', versions: { typescript: '6.0.3' } },
  { name: 'typescript-7', of: 'typescript', versions: { typescript: '7.0.2' } },
  {
    name: 'typescript-nest-12',
    of: 'typescript',
    env: { NEST: '12' },
    versions: { ...nest12, '@nestjs/testing': '12.1.1' },
  },
  ...['22.23.3', '24.21.0'].flatMap((node) => [
    { name: `node-${node}`, of: 'plain', node },
    { name: `node-${node}-nest-12`, of: 'plain', node, versions: nest12 },
    { name: `node-${node}-ts-jest`, of: 'nest11-ts-jest', node },
    { name: `node-${node}-jest-esm`, of: 'nest12-jest-esm', node },
    { name: `node-${node}-vitest-5`, of: 'nest12-vitest', node, versions: { vitest: '5.1.2' } },
  ]),
];

/** The runs of this command line: `{ name, folder, versions, manager, node, env }`. */
export async function chosenRuns({ all = false, only = '' }) {
  const folders = (await readdir(here, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && entry.name !== 'checks')
    .map(({ name }) => ({ name, folder: join(here, name), ci: true }));
  const name = 'migrate-from-passport';
  folders.push({ name, folder: join(here, '../../examples', name), ci: true });
  const runs = [...folders, ...variants.map((run) => ({ ...run, folder: join(here, run.of) }))];
  return runs.filter(({ name, ci }) => (all || only !== '' || ci) && name.includes(only));
}
