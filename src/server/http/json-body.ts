import type { FastifyInstance } from 'fastify';

/** Reads JSON bodies and no others; an empty one counts as none, and `__proto__` or `constructor.prototype` in one is refused. */
export function parseJsonBodies(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body === '') return done(null, undefined);
    return parse(request, body, done);
  });
}
