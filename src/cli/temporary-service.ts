import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '../server/configuration/read-configuration.js';
import { createServer } from '../server/create-server.js';
import { ServiceLogger } from '../server/logs/service-logger.js';

type Application = Awaited<ReturnType<typeof createServer>>;

/** Runs `work` on a service with an empty database, so that the real one is not touched; deletes it afterwards. */
export async function withTemporaryService(work: (app: Application) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-'));
  try {
    const configuration = readConfiguration({ DATA_DIR: dataDir, LOG_LEVEL: 'warn', CONSOLE: 'false' });
    const app = await createServer(configuration, { logger: new ServiceLogger(configuration) });
    await work(app);
    await app.close();
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
