import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplication, LoggerService } from '@nestjs/common';
import { Readiness } from './health/readiness.js';

const sweepMs = 100;

/** Longer than any request may take; a server that is still not closed by then is given up. */
const patience = 35_000;

/**
 * On SIGTERM or SIGINT: not ready at once, still serving for `drainSeconds`, then no new connections; running requests
 * are finished, the database is closed, exit code 0. A second signal ends the process on the spot.
 */
export function shutDownOnSignals(app: INestApplication, drainSeconds: number, logger: LoggerService): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.log(`${signal}: finishing running requests`);
    app.get(Readiness).drain();
    setTimeout(() => process.exit(1), patience + drainSeconds * 1000).unref();
    sleep(signal === 'SIGTERM' ? drainSeconds * 1000 : 0)
      .then(() => close(app))
      .then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error(`The shutdown failed: ${String(error)}`);
          process.exit(1);
        },
      );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** Node closes the connections that are idle when it begins to close; those of running requests become idle later. */
async function close(app: INestApplication): Promise<void> {
  const sweep = setInterval(() => app.getHttpServer().closeIdleConnections(), sweepMs);
  await app.close().finally(() => clearInterval(sweep));
}
