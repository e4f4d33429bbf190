import type { ServerOptions } from 'node:http';
import type { DynamicModule, LoggerService } from '@nestjs/common';
import { HttpAdapterHost, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { fastify as createFastify, type FastifyReply, type FastifyRequest } from 'fastify';
import { Clock } from '../support/clock.js';
import type { Configuration } from './configuration/configuration.js';
import { rewriteForwardAuthUrl, skipForwardAuthBodies } from './forward-auth/forward-auth-requests.js';
import {
  answerBadUrl,
  answerClientError,
  hostHeaderError,
  ignoreUnknownExpectations,
} from './http/malformed-requests.js';
import { maxBodyBytes } from '../support/json.js';
import { Connections } from './http/connections.js';
import { ErrorFilter } from './http/error.filter.js';
import { acceptLargeReports } from './http/large-bodies.js';
import { parseFormBodies, parseJsonBodies } from './http/body-parsers.js';
import { serveConsole } from './http/console.js';
import { dataHeaders, transportHeader } from './http/security-headers.js';
import { requestIds, trustFunction } from './http/trust-proxy.js';
import { RequestLog } from './logs/request-log.js';
import { RequestMetrics } from './metrics/request.metrics.js';
import { openApiDocument } from './openapi/openapi-document.js';
import { serveDocs } from './openapi/docs-routes.js';
import { ServerModule } from './server.module.js';
import { ServiceLogger } from './logs/service-logger.js';

const seconds = 1000;

const serverOptions: ServerOptions = {
  headersTimeout: 10 * seconds,
  requestTimeout: 30 * seconds,
  keepAliveTimeout: 72 * seconds,
  connectionsCheckingInterval: seconds,
  requireHostHeader: false,
};

interface ServerExtras {
  readonly logger?: LoggerService;
  readonly root?: DynamicModule;
  readonly connections?: Connections;
}

/** The service, ready to listen: database migrated, all routes in place. `root` adds modules to it. */
export async function createServer(
  configuration: Configuration,
  {
    logger,
    root = ServerModule.register(configuration, (text) => logger?.warn(text)),
    connections = new Connections({ maxConnections: configuration.maxConnections }),
  }: ServerExtras = {},
): Promise<NestFastifyApplication> {
  const clock = new Clock();
  const isTrusted = trustFunction(configuration.trustProxy);
  const isBehindProxy = configuration.trustProxy !== false;
  const requests =
    logger instanceof ServiceLogger
      ? new RequestLog(logger, clock, configuration.logRequests ? 'log' : 'debug')
      : undefined;
  let metrics: RequestMetrics | undefined;
  const watch = (request: FastifyRequest, reply: FastifyReply) => {
    const began = clock.ticks();
    metrics?.begin(request);
    // Not `finish`, which is not emitted if the client disconnects first.
    reply.raw.on('close', () => {
      metrics?.count(request, reply, began);
      requests?.note(request, reply, began);
    });
  };
  const fastify = createFastify({
    trustProxy: isBehindProxy && isTrusted,
    bodyLimit: maxBodyBytes,
    // Task ids stand in paths: 200 characters, of which each may take 12 when it is encoded.
    routerOptions: { maxParamLength: 2_400 },
    rewriteUrl: rewriteForwardAuthUrl,
    genReqId: requestIds(isTrusted),
    serverFactory: (serve) => connections.createServer(serverOptions, serve),
    clientErrorHandler: (error, socket) =>
      connections.answerLast(socket, () =>
        answerClientError(error, socket, (requestId, status, ...answer) => {
          requests?.noteUnread(requestId, status, ...answer);
          metrics?.countUnread(status, socket);
        }),
      ),
    frameworkErrors: (error, request, reply) => {
      watch(request, reply);
      answerBadUrl(error, request, reply);
    },
    // Requests that still come on an open connection are answered like any other, and the connection is then closed.
    return503OnClosing: false,
  });
  // Node drops the headers beyond 2,000 unseen, and with them a credential that was sent twice; 16 KiB bound them anyway.
  fastify.server.maxHeadersCount = 0;
  fastify.addHook('onRequest', (request, reply, done) => {
    watch(request, reply);
    reply.header('x-request-id', request.id).headers(dataHeaders);
    if (isBehindProxy && request.protocol === 'https') reply.header(...transportHeader);
    done(hostHeaderError(request.raw));
  });
  fastify.decorate('rewriteUrl', rewriteForwardAuthUrl);
  skipForwardAuthBodies(fastify);
  acceptLargeReports(fastify);
  ignoreUnknownExpectations(fastify);
  parseJsonBodies(fastify);
  parseFormBodies(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(fastify), {
    logger,
    bodyParser: false,
    abortOnError: false,
  });
  // After the filter of the modules, and so asked before it: this one also logs the faults among the errors they know.
  app.useGlobalFilters(new ErrorFilter(app.get(HttpAdapterHost), clock, configuration.basicAuth));
  if (configuration.metrics !== null) metrics = app.get(RequestMetrics);
  metrics?.watchConnections(connections);
  if (configuration.docs) serveDocs(fastify, () => openApiDocument(app));
  if (configuration.console === true) serveConsole(fastify, configuration);
  await app.init();
  await fastify.ready();
  return app;
}
