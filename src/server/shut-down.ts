import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplication, LoggerService } from '@nestjs/common';
import { Readiness } from './health/readiness.js';
import { Connections } from './http/connections.js';
import { causeOf } from '../support/errors.js';
import { Clock } from '../support/clock.js';

const sweepMs = 100;

/** A load balancer may still send on a connection it keeps; after this time it has noticed the shutdown. */
const balancerMs = 500;

/** As long as any request may take. */
const requestMs = 30_000;

/** After this time the process exits even if the server is still open. */
const patience = 35_000;

const clock = new Clock();

/**
 * On SIGTERM or SIGINT: not ready at once, still serving for `drainSeconds`, then no new connections; running requests
 * are finished, the database is closed, exit code 0. A second signal ends the process on the spot.
 */
export function shutDownOnSignals(
  app: INestApplication,
  connections: Connections,
  drainSeconds: number,
  logger: LoggerService,
): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.log(`${signal}: finishing running requests`);
    app.get(Readiness).drain();
    setTimeout(() => process.exit(1), patience + drainSeconds * 1000).unref();
    sleep(signal === 'SIGTERM' ? drainSeconds * 1000 : 0)
      .then(() => close(app, connections, signal === 'SIGTERM' ? balancerMs : 0))
      .then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error(`The shutdown failed: ${causeOf(error)}`);
          process.exit(1);
        },
      );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/**
 * Cuts connections that were without a request for `idleMs`, again and again, as others become so later; Node itself
 * stops looking for slow clients once it begins to close, so after a request's time all the rest are cut too.
 */
async function close(app: INestApplication, connections: Connections, idleMs: number): Promise<void> {
  const server: Server = app.getHttpServer();
  const startedAt = clock.ticks();
  const cutIdle = () => connections.cutIdle(idleMs, startedAt);
  // Node and Fastify call it as they begin to close, and would cut connections on which a request is on its way.
  server.closeIdleConnections = cutIdle;
  const sweep = setInterval(cutIdle, sweepMs);
  const limit = setTimeout(() => server.closeAllConnections(), requestMs);
  await app.close().finally(() => {
    clearInterval(sweep);
    clearTimeout(limit);
  });
}
