import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { maxReportsBytes } from '../../leaks/github-payload.js';
import { maxBodyBytes } from '../../support/json.js';

const path = '/api/v1/leaks/github';

/** The requests whose body may be large, once their route is known. */
const large = new WeakSet<IncomingMessage>();

/** The most bytes of the body that are held for a request. */
export function bodyLimitOf(request: IncomingMessage): number {
  return large.has(request) ? maxReportsBytes : maxBodyBytes;
}

/** GitHub's reports are large, and read as they were sent, because they are signed. Call it before routes are registered. */
export function acceptLargeReports(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (route.url !== path) return;
    route.bodyLimit = maxReportsBytes;
    route.onRequest = ({ raw }, _reply, done) => {
      large.add(raw);
      done();
    };
  });
}

/** Whether the body is to be kept as it was sent, unparsed. */
export function isKeptRaw(request: { readonly raw: IncomingMessage }): boolean {
  return large.has(request.raw);
}
