import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FirstAdminKey } from './first-admin-key.js';
import type { Configuration } from './configuration/configuration.js';
import { defaultDataDir } from './configuration/environment.schema.js';
import { createServer } from './create-server.js';
import { Connections } from './http/connections.js';
import { ConsoleServer } from './http/console.js';
import { listenOn, serverUrl } from './http/listen.js';
import { MetricsServer } from './metrics/metrics.server.js';
import { ServiceLogger } from './logs/service-logger.js';
import { shutDownOnSignals } from './shut-down.js';
import { listed } from '../support/errors.js';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Starts the service and says in a few lines how to use it. */
export async function start(configuration: Configuration): Promise<NestFastifyApplication> {
  const logger = new ServiceLogger(configuration);
  const connections = new Connections({ maxConnections: configuration.maxConnections });
  const app = await createServer(configuration, { logger, connections });
  shutDownOnSignals(app, connections, configuration.drainSeconds, logger);
  const newAdminKey = await app.get(FirstAdminKey).ensure(configuration.dataDir);
  if (configuration.metrics !== null)
    logger.log(`Metrics: ${await app.get(MetricsServer).listen(configuration.metrics)}`);
  const consoleUrl = await listenForConsole(app, configuration);
  await listenOn(app, configuration);
  for (const line of startupLines(configuration, serverUrl(app.getHttpServer()), newAdminKey, consoleUrl))
    logger.log(line);
  return app;
}

/** The URL of the console if it has a port of its own. */
async function listenForConsole(
  app: NestFastifyApplication,
  configuration: Configuration,
): Promise<string | undefined> {
  if (typeof configuration.console === 'boolean') return undefined;
  return new ConsoleServer(app.getHttpAdapter().getInstance(), configuration).listen(configuration.console);
}

/** What a newcomer needs to know once the service listens at `url`, a line each. */
function startupLines(
  configuration: Configuration,
  url: string,
  newAdminKey: string | null,
  consoleUrl = url,
): string[] {
  return [
    `Listening on ${url}`,
    ...(configuration.docs ? [`Swagger UI: ${url}/docs`] : []),
    ...(configuration.console === false ? [] : [`Console: ${consoleUrl}/console`]),
    `Admin key: ${adminKey(configuration, newAdminKey)}`,
    `User token: ${userToken(configuration)}`,
    `Try first: curl -H "X-API-Key: $(cat ${quoted(join(configuration.dataDir, 'admin-key'))})" ${url}/api/v1/auth/me`,
  ];
}

function adminKey({ dataDir }: Configuration, newAdminKey: string | null): string {
  if (newAdminKey !== null) return `made, and written to ${newAdminKey}`;
  const file = join(dataDir, 'admin-key');
  return existsSync(file)
    ? `in ${file}, unless it was replaced since`
    : 'made by an earlier start or another replica; its file is not in this DATA_DIR';
}

/** For a terminal without the variables of this process. */
export function userToken({
  builtinIssuer,
  dataDir,
  issuers,
}: Pick<Configuration, 'builtinIssuer' | 'dataDir' | 'issuers'>): string {
  const folder = dataDir === defaultDataDir ? '' : `DATA_DIR=${quoted(resolve(dataDir))} `;
  if (builtinIssuer) return `${folder}npm run -s token -- --email ada@example.com`;
  const names = listed(issuers.map(({ issuer }) => issuer));
  return names === '' ? 'no issuer is configured, so JWTs are rejected' : `from ${names}`;
}

/** Quoted for a shell, where needed. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
