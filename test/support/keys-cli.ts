import type { Gatehouse } from './gatehouse.js';
import { type Ended, runBuilt } from './spawn-gatehouse.js';

/** Runs `npm run keys` on the database of this service, from its data folder. */
export function keys(
  { configuration: { dataDir, databaseUrl } }: Pick<Gatehouse, 'configuration'>,
  ...args: string[]
): Promise<Ended> {
  const env = { DATA_DIR: dataDir, DATABASE_URL: databaseUrl };
  return runBuilt({ cwd: dataDir, env }, 'server/cli/keys.js', ...args);
}

/** The one JSON document that the command printed. */
export async function keysJson<T = Record<string, string>>(
  gatehouse: Pick<Gatehouse, 'configuration'>,
  ...args: string[]
): Promise<T> {
  const { code, stdout, stderr } = await keys(gatehouse, ...args, '--json');
  if (code !== 0) throw new Error(`keys ${args[0]} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
