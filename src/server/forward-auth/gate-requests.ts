import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { lingerAtClose } from '../http/linger-at-close.js';
import { gatePath, gateUrlOf } from './gate-url.js';

const mostSkippedBytes = 64 * 1024;

/**
 * For Fastify's `rewriteUrl`. Some proxies ask with the method, path, query and body of the client's request: whatever
 * they are, the question is a GET without them.
 */
export function rewriteGateUrl(request: IncomingMessage): string {
  const { url = '' } = request;
  const gateUrl = gateUrlOf(url);
  if (gateUrl === undefined) return url;
  request.method = 'GET';
  return gateUrl;
}

/**
 * The body of a question is never read, only skipped. The connection ends with the answer where the body is too long for
 * that, or does not say how long it is. To be called before routes are registered.
 */
export function skipGateBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (route.url === gatePath) route.onRequest = closeAfterLongBody;
  });
}

function closeAfterLongBody({ raw }: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = raw.headers;
  if (coding !== undefined || Number(length) > mostSkippedBytes) {
    lingerAtClose(raw.socket);
    reply.header('Connection', 'close');
  }
  done();
}
