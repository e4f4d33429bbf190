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
  const fastify = createFastify({
    trustProxy: whomToTrust(configuration.trustProxy),
    bodyLimit: 64 * 1024,
    genReqId: requestIds(configuration.trustProxy),
    requestTimeout: 30 * seconds,
    clientErrorHandler: answerClientError,
    frameworkErrors: answerBadUrl,
    // Requests that still come on an open connection are answered like any other, and the connection is then closed.
    return503OnClosing: false,
    http: { headersTimeout: 10 * seconds, connectionsCheckingInterval: seconds, requireHostHeader: false },
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('X-Request-Id', request.id);
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

/** Fastify takes a number of hops only as a function. */
function whomToTrust(trustProxy: Configuration['trustProxy']) {
  return typeof trustProxy === 'number' ? (_address: string, hop: number) => hop < trustProxy : trustProxy;
}
