import 'reflect-metadata';
import { readConfiguration } from '../../dist/server/configuration/read-configuration.js';
import { createServer } from '../../dist/server/create-server.js';
import { ServiceLogger } from '../../dist/server/logs/service-logger.js';
import { ApiKeyVerifier } from '../../dist/auth/verifiers/api-key.verifier.js';

/** The service on this data, with `env` for its environment, in this process: what it is made of can be asked. */
export function openService(dataDir, env) {
  const configuration = readConfiguration({ DATA_DIR: dataDir, LOG_LEVEL: 'error', ...env });
  return createServer(configuration, { logger: new ServiceLogger(configuration) });
}

/** Opens a port for it; resolves to its URL. */
export async function listen(service) {
  await service.listen({ port: 0, host: '127.0.0.1' });
  return `http://127.0.0.1:${service.getHttpServer().address().port}`;
}

const origin = { ip: '127.0.0.1', userAgent: null, requestId: null };

/** Verifies these keys, one after the other, with the verifier of this service. Rejects when one is rejected. */
export async function verifyAll(service, keys) {
  const verifier = service.get(ApiKeyVerifier, { strict: false });
  for (const key of keys) await verifier.verify(key, origin);
}
