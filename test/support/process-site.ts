import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuiltinIssuer } from '../../src/issuer/builtin-issuer.js';
import { createScratchDatabase } from './scratch-database.js';
import { type Ended, type GatehouseProcess, runBuilt, spawnGatehouse } from './spawn-gatehouse.js';

declare const databaseKind: 'sqlite' | 'postgres';

type Environment = Readonly<Record<string, string>>;

/** A place where the service is installed: a working directory and a database, which outlive its processes. */
export interface Site {
  readonly folder: string;
  readonly databaseUrl: string;
  /** Starts the server on a free port and resolves when it listens. */
  start(env?: Environment): Promise<GatehouseProcess>;
  /** Kills, as a power cut would, the server that was started last, also when it does not listen yet. */
  killStarting(): void;
  /** Runs a script of the build, the server unless said otherwise, to its end. */
  run(env?: Environment, script?: string, ...args: string[]): Promise<Ended>;
  /** A bearer header with a token of the built-in issuer for this person. */
  bearer(email?: string): { authorization: string };
  adminKey(): Promise<string>;
  /** The mode of a file, such as `600`; `undefined` when there is none. */
  modeOf(file: string): Promise<string | undefined>;
  /** Kills what still runs and removes everything. */
  remove(): Promise<void>;
}

/** A site with nothing on it yet. On SQLite the database is where the service puts it by itself; failures are not limited. */
export async function createSite(env: Environment = {}): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-process-'));
  const dataDir = join(folder, 'data');
  const scratch = databaseKind === 'postgres' ? await createScratchDatabase() : undefined;
  // Tests send more bad credentials from their one address than anybody may.
  const base = {
    PORT: '0',
    AUTH_FAILURES_PER_MINUTE: '0',
    ...(scratch === undefined ? {} : { DATABASE_URL: scratch.url }),
    ...env,
  };
  const processes: GatehouseProcess[] = [];
  let killLast: (() => void) | undefined;
  return {
    folder,
    databaseUrl: scratch?.url ?? `sqlite://${dataDir}/gatehouse.db`,
    start: async (own) => {
      const options = { cwd: folder, env: { ...base, ...own } };
      const process = await spawnGatehouse(options, (kill) => (killLast = kill));
      processes.push(process);
      return process;
    },
    killStarting: () => killLast?.(),
    run: (own, ...script) => runBuilt({ cwd: folder, env: { ...base, ...own } }, ...script),
    bearer: (email = 'ada@example.com') => ({
      authorization: `Bearer ${BuiltinIssuer.open(dataDir).tokenFor(email, 3600)}`,
    }),
    adminKey: async () => (await readFile(join(dataDir, 'admin-key'), 'utf8')).trim(),
    modeOf: async (file) => {
      const found = await stat(join(folder, file)).catch(() => undefined);
      return found && (found.mode & 0o777).toString(8);
    },
    remove: async () => {
      await Promise.all(processes.map((process) => process.kill()));
      await scratch?.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
