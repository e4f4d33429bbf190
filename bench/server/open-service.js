import 'reflect-metadata';
import { readConfiguration } from '../../dist/server/configuration/read-configuration.js';
import { createServer } from '../../dist/server/create-server.js';
import { ServiceLogger } from '../../dist/server/logs/service-logger.js';
import { ApiKeyVerifier } from '../../dist/auth/verifiers/key.verifier.js';

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

const origin = { ip: '127.0.0.1', userAgent: null, requestId: null };

/** Verifies these keys, one after the other, with the verifier of this service. Rejects when one is rejected. */
export async function verifyAll(service, keys) {
  const verifier = service.get(ApiKeyVerifier, { strict: false });
  for (const key of keys) await verifier.verify(key, origin);
}
