import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '../configuration/read-configuration.js';
import { createServer } from '../create-server.js';
import { exitWith } from '../exit-with.js';
import { openApiDocument } from '../openapi/openapi-document.js';
import { ServiceLogger } from '../service-logger.js';

/** Writes `openapi.json` without touching the real database. */
const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-openapi-'));
try {
  const configuration = readConfiguration({ DATA_DIR: dataDir });
  const app = await createServer(configuration, { logger: new ServiceLogger(configuration) });
  await writeFile('openapi.json', `${JSON.stringify(openApiDocument(app), null, 2)}\n`);
  await app.close();
} catch (error) {
  exitWith(error);
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
