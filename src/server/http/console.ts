import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { ConsoleLogin } from '../../console/console-login.js';
import { ConsoleSite, notFound } from '../../console/console-site.js';
import { Clock } from '../../support/clock.js';
import type { Configuration } from '../configuration/configuration.js';
import { Connections } from './connections.js';
import { serverUrl } from './listen.js';

const seconds = 1000;

type LoginConfiguration = Pick<Configuration, 'consoleLogin'>;

function openSite({ consoleLogin }: LoginConfiguration): ConsoleSite {
  if (consoleLogin === null) return ConsoleSite.open();
  const login = new ConsoleLogin(consoleLogin, new Clock());
  // So that the log says now what the first person would find out.
  void login.current();
  return ConsoleSite.open({ login });
}

/** Serves the console at `/console` of the service. */
export function serveConsole(fastify: FastifyInstance, configuration: LoginConfiguration): void {
  const site = openSite(configuration);
  for (const path of ['/console', '/console/*'])
    fastify.get(path, (request, reply) => {
      const { raw } = reply.hijack();
      raw.setHeader('x-request-id', request.id);
      // The router decodes paths, and takes `/%63onsole` for that of the site.
      if (!site.handle(request.raw, raw)) notFound(raw);
    });
}

/** Serves the console on a port of its own, with the routes of the service beside it, for its pages to call. */
export class ConsoleServer {
  private readonly server: Server;

  constructor(fastify: FastifyInstance, configuration: LoginConfiguration) {
    const site = openSite(configuration);
    const limits = {
      headersTimeout: 10 * seconds,
      requestTimeout: 30 * seconds,
      connectionsCheckingInterval: seconds,
      requireHostHeader: false,
    };
    this.server = new Connections({ maxConnections: 100 }).createServer(limits, (request, response) => {
      if (!site.handle(request, response)) fastify.routing(request, response);
    });
    fastify.server.once('close', () => {
      this.server.close();
      this.server.closeAllConnections();
    });
  }

  /** Resolves with the URL once it listens; rejects with Node's error, such as `EADDRINUSE`. */
  listen({ port, host }: { readonly port: number; readonly host: string }): Promise<string> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => resolve(serverUrl(this.server)));
    });
  }
}
