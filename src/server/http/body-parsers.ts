import type { IncomingHttpHeaders } from 'node:http';
import { UnsupportedMediaTypeException } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { validationFailed } from '../../http/validation.js';
import { isKeptRaw } from './large-bodies.js';

/**
 * Parses JSON bodies only; an empty one counts as none. `BoundedJson` rejects `__proto__` and `constructor.prototype`, and
 * says so; Fastify's parser would call such a body invalid JSON.
 */
export function parseJsonBodies(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('ignore', 'ignore');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body === '') return done(null, undefined);
    if (!isPlainUtf8(request.headers)) return done(new UnsupportedMediaTypeException(), undefined);
    if (isKeptRaw(request)) {
      Object.assign(request, { rawBody: Buffer.from(body) });
      return done(null, undefined);
    }
    return parse(request, body, done);
  });
}

/** JSON is UTF-8 (RFC 8259 §8.1), and so are forms. Compressed bodies and other encodings are not accepted. */
function isPlainUtf8(headers: IncomingHttpHeaders): boolean {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  return /^utf-?8$/i.test(charset) && (headers['content-encoding'] ?? 'identity') === 'identity';
}

/** The `@RouteConfig` of a route that accepts forms as well as JSON. */
interface FormRoute {
  readonly takesForms?: boolean;
}

/** An empty `scope` asks for no scope; without the parameter, all scopes would be granted. */
const keptEmpty = 'scope';

/**
 * Parses forms for routes that accept them, and for no others. A parameter without a value counts as not sent, except
 * `scope`, and one that is sent twice is rejected (RFC 6749 §3.2).
 */
export function parseFormBodies(fastify: FastifyInstance): void {
  const form = 'application/x-www-form-urlencoded';
  fastify.addContentTypeParser(form, { parseAs: 'string' }, (request, body: string, done) => {
    if (request.is404) return done(null, undefined);
    const { takesForms } = request.routeOptions.config as FormRoute;
    if (takesForms !== true || !isPlainUtf8(request.headers))
      return done(new UnsupportedMediaTypeException(), undefined);
    const sent = [...new URLSearchParams(body)].filter(([name, value]) => value !== '' || name === keptEmpty);
    const fields = new Map(sent);
    if (fields.size < sent.length)
      return done(validationFailed([{ message: 'A parameter is sent more than once.' }]), undefined);
    // As in JSON: later checks of the fields would not see this one.
    if (fields.has('__proto__'))
      return done(
        validationFailed([{ path: ['__proto__'], message: 'This field does not exist.' }]),
        undefined,
      );
    return done(null, Object.fromEntries(fields));
  });
}
