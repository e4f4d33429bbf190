import { fastifyHelmet as helmet } from '@fastify/helmet';
import type { DynamicModule, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { fastify as createFastify } from 'fastify';
import type { Configuration } from './configuration/configuration.js';
import { answerBadUrl } from './http/bad-url.js';
import { answerClientError } from './http/client-error.js';
import { parseJsonBodies } from './http/json-body.js';
import { ignoreUnknownExpectations, lackOfHost } from './http/node-refusals.js';
import { requestIds } from './http/request-ids.js';
import { securityHeaders } from './http/security-headers.js';
import { whomToTrust } from './http/whom-to-trust.js';
import { serveDocs } from './openapi/serve-docs.js';
import { ServerModule } from './server.module.js';

const seconds = 1000;

/** The service, ready to listen: database migrated, all routes in place. `root` adds modules to it. */
export async function createServer(
  configuration: Configuration,
  {
    logger,
    root = ServerModule.register(configuration),
  }: { logger?: LoggerService; root?: DynamicModule } = {},
): Promise<NestFastifyApplication> {
  const isTrusted = whomToTrust(configuration.trustProxy);
  const fastify = createFastify({
    trustProxy: configuration.trustProxy === false ? false : isTrusted,
    bodyLimit: 64 * 1024,
    // Task ids stand in paths: 200 characters, of which each may take 12 when it is encoded.
    routerOptions: { maxParamLength: 2_400 },
    genReqId: requestIds(isTrusted),
    requestTimeout: 30 * seconds,
    clientErrorHandler: answerClientError,
    frameworkErrors: answerBadUrl,
    // Requests that still come on an open connection are answered like any other, and the connection is then closed.
    return503OnClosing: false,
    http: { headersTimeout: 10 * seconds, connectionsCheckingInterval: seconds, requireHostHeader: false },
  });
  // Node drops the headers beyond 2,000 unseen, and with them a credential that was sent twice; 16 KiB bound them anyway.
  fastify.server.maxHeadersCount = 0;
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.headers({ 'X-Request-Id': request.id, 'Cache-Control': 'no-store' });
    done(lackOfHost(request.raw));
  });
  ignoreUnknownExpectations(fastify);
  parseJsonBodies(fastify);
  await fastify.register(helmet, securityHeaders);
  const app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(fastify), {
    logger,
    bodyParser: false,
    abortOnError: false,
  });
  serveDocs(app);
  await app.init();
  await fastify.ready();
  return app;
}
