import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FirstAdminKey } from './admin-key/first-admin-key.js';
import type { Configuration } from './configuration/configuration.js';
import { createServer } from './create-server.js';
import { Connections } from './http/connections.js';
import { listenOn } from './http/listen-on.js';
import { urlOf } from './http/url-of.js';
import { MetricsServer } from './metrics/metrics.server.js';
import { ServiceLogger } from './service-logger.js';
import { shutDownOnSignals } from './shut-down.js';
import { welcome } from './welcome.js';

/** Starts the service and says in a few lines how to use it. */
export async function start(configuration: Configuration): Promise<NestFastifyApplication> {
  const logger = new ServiceLogger(configuration);
  const connections = new Connections({ maxConnections: configuration.maxConnections });
  const app = await createServer(configuration, { logger, connections });
  shutDownOnSignals(app, connections, configuration.drainSeconds, logger);
  const newAdminKey = await app.get(FirstAdminKey).ensure(configuration.dataDir);
  if (configuration.metrics !== null)
    logger.log(`Metrics: ${await app.get(MetricsServer).listen(configuration.metrics)}`);
  await listenOn(app, configuration);
  for (const line of welcome(configuration, urlOf(app.getHttpServer()), newAdminKey)) logger.log(line);
  return app;
}
