import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FirstAdminKey } from './admin-key/first-admin-key.js';
import type { Configuration } from './configuration/configuration.js';
import { createServer } from './create-server.js';
import { ServiceLogger } from './service-logger.js';
import { shutDownOnSignals } from './shut-down.js';
import { welcome } from './welcome.js';

/** Starts the service and says in a few lines how to use it. */
export async function start(configuration: Configuration): Promise<NestFastifyApplication> {
  const logger = new ServiceLogger(configuration);
  const app = await createServer(configuration, { logger });
  shutDownOnSignals(app, configuration.drainSeconds, logger);
  const newAdminKey = await app.get(FirstAdminKey).ensure(configuration.dataDir);
  await app.listen({ port: configuration.port, host: configuration.host });
  const { address, port, family } = app.getHttpServer().address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  for (const line of welcome(configuration, `http://${host}:${port}`, newAdminKey)) logger.log(line);
  return app;
}
