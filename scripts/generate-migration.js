import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import dataSource from '../ormconfig.ts';

const [name] = parseArgs({ allowPositionals: true }).positionals;
if (name === undefined) throw new Error('Usage: npm run migration:generate -- Name');

const folder = dataSource.options.type === 'postgres' ? 'postgres' : 'sqlite';
const cli = [
  '--import',
  'tsx',
  'node_modules/typeorm/cli.js',
  'migration:generate',
  '--dataSource',
  'ormconfig.ts',
];
const { status } = spawnSync(process.execPath, [...cli, `src/database/migrations/${folder}/${name}`], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;

// The tables are those of the `search_path`, or of another schema.
const written = join('src/database/migrations', folder);
for (const file of readdirSync(written).filter((one) => one.endsWith(`-${name}.ts`))) {
  const path = join(written, file);
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll('"public".', ''));
}
