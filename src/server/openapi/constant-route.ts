import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** An answer that is the same for everyone, as long as the process runs. */
export interface Constant {
  readonly type: string;
  /** Without it, caches ask each time whether theirs is current. */
  readonly maxAgeSeconds?: number;
  /** Called once, at the first request. */
  read(): string | Buffer;
}

/** Serves GET and HEAD of `path` from memory, with a strong ETag; 304 where the client has it (RFC 9110 §13.1.2). */
export function serveConstant(fastify: FastifyInstance, path: string, constant: Constant): void {
  const { type, maxAgeSeconds } = constant;
  const cacheControl = maxAgeSeconds === undefined ? 'no-cache' : `public, max-age=${maxAgeSeconds}`;
  let known: { readonly body: Buffer; readonly etag: string } | undefined;
  fastify.get(path, (request, reply) => {
    known ??= withEtag(Buffer.from(constant.read()));
    void reply.headers({ ETag: known.etag, 'Cache-Control': cacheControl });
    if (isCurrent(request.headers['if-none-match'], known.etag)) return reply.status(304).send();
    return reply.type(type).send(known.body);
  });
}

function withEtag(body: Buffer) {
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` };
}

/** By weak comparison, of a list or `*`. */
function isCurrent(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}
