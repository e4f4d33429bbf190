import type { IncomingHttpHeaders } from 'node:http';
import { UnsupportedMediaTypeException } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

/** Reads JSON bodies and no others; an empty one counts as none, and `__proto__` or `constructor.prototype` in one is refused. */
export function parseJsonBodies(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body === '') return done(null, undefined);
    if (!isPlainUtf8(request.headers)) return done(new UnsupportedMediaTypeException(), undefined);
    return parse(request, body, done);
  });
}

/** JSON is UTF-8 (RFC 8259 §8.1), and so are forms; we take them as they are: not compressed, in no other encoding. */
export function isPlainUtf8(headers: IncomingHttpHeaders): boolean {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  return /^utf-?8$/i.test(charset) && (headers['content-encoding'] ?? 'identity') === 'identity';
}
