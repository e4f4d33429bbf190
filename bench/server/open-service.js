import 'reflect-metadata';
import { readConfiguration } from '../../dist/server/configuration/read-configuration.js';
import { createServer } from '../../dist/server/create-server.js';
import { ServiceLogger } from '../../dist/server/logs/service-logger.js';

/** The service on this database. */
export function openService(dataDir, databaseUrl) {
  const configuration = readConfiguration({
    DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    BUILTIN_ISSUER: 'false',
    LOG_LEVEL: 'error',
  });
  return createServer(configuration, { logger: new ServiceLogger(configuration) });
}
