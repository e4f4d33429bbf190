import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ApplicationRoutes } from '../auth/routes/application-routes.js';
import { ConfigurationError } from '../support/errors.js';
import { readConfiguration } from '../server/configuration/read-configuration.js';
import { createServer } from '../server/create-server.js';
import { exitWith } from '../server/process.js';
import { routeMatrix } from '../server/route-matrix.js';
import { ServiceLogger } from '../server/logs/service-logger.js';

const usage =
  'Usage: npm run -s routes   (prints who may use which route; with -- --write into docs/routes.md)';

const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-routes-'));
const failure = await printRoutes().catch((error: unknown) => error);
await rm(dataDir, { recursive: true, force: true });
if (failure !== undefined) exitWith(failure);

/** Reads the routes of a service without touching the real database. */
async function printRoutes(): Promise<void> {
  const write = readWriteOption();
  const configuration = readConfiguration({ DATA_DIR: dataDir, LOG_LEVEL: 'warn' });
  const app = await createServer(configuration, { logger: new ServiceLogger(configuration) });
  const matrix = routeMatrix(app.get(ApplicationRoutes).all());
  await app.close();
  if (write) await writeFile('docs/routes.md', matrix);
  else process.stdout.write(matrix);
}

function readWriteOption(): boolean {
  try {
    return parseArgs({ options: { write: { type: 'boolean', default: false } } }).values.write;
  } catch {
    throw new ConfigurationError([usage]);
  }
}
