import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '../server/configuration/read-configuration.js';
import { createServer } from '../server/create-server.js';
import { exitWith } from '../server/process.js';
import { openApiDocument } from '../server/openapi/openapi-document.js';
import { ServiceLogger } from '../server/logs/service-logger.js';

const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-openapi-'));
const failure = await writeDocument().catch((error: unknown) => error);
await rm(dataDir, { recursive: true, force: true });
if (failure !== undefined) exitWith(failure);

/** Writes `openapi.json` without touching the real database. */
async function writeDocument(): Promise<void> {
  const configuration = readConfiguration({ DATA_DIR: dataDir, LOG_LEVEL: 'warn' });
  const app = await createServer(configuration, { logger: new ServiceLogger(configuration) });
  await writeFile('openapi.json', `${JSON.stringify(openApiDocument(app), null, 2)}\n`);
  await app.close();
}
