import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Registry } from 'prom-client';
import { causeOf } from '../../support/errors.js';
import { serverUrl } from '../http/listen.js';

const seconds = 1000;

/** Where the metrics are offered. */
interface MetricsAddress {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
}

/** Serves `GET /metrics`, and nothing else, on a separate port: access is controlled by the network. */
@Injectable()
export class MetricsServer implements OnApplicationShutdown {
  private readonly logger = new Logger('Metrics');
  private readonly server: Server;

  constructor(private readonly registry: Registry) {
    const limits = {
      headersTimeout: 5 * seconds,
      requestTimeout: 10 * seconds,
      connectionsCheckingInterval: seconds,
    };
    this.server = createServer(limits, (request, response) => {
      this.answer(request, response).catch((error: unknown) => {
        this.logger.error(`The metrics could not be collected: ${causeOf(error)}`);
        send(response, 500, 'text/plain', 'The metrics could not be collected.\n');
      });
    });
    // A scraper that takes nothing in is not waited for.
    this.server.setTimeout(30 * seconds);
    this.server.maxConnections = 100;
  }

  /** Resolves with the URL once it listens; rejects with Node's error, such as `EADDRINUSE`. */
  listen({ port, host }: MetricsAddress): Promise<string> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => resolve(`${serverUrl(this.server)}/metrics`));
    });
  }

  onApplicationShutdown(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (method !== 'GET' || url.split('?', 1)[0] !== '/metrics')
      return send(response, 404, 'text/plain', 'There is nothing here but GET /metrics.\n');
    const text = await this.registry.metrics();
    send(response, 200, this.registry.contentType, text);
  }
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(text);
}
