import { createHash } from 'node:crypto';
import { pageHeaders } from '../http/security-headers.js';
import type { FastifyInstance } from 'fastify';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { OpenAPIObject } from '@nestjs/swagger';

/** A response that stays the same while the process runs. */
interface Constant {
  readonly type: string;
  /** Without it, caches ask each time whether theirs is current. */
  readonly maxAgeSeconds?: number;
  /** Called once, at the first request. */
  read(): string | Buffer;
}

/** Serves GET and HEAD of `path` from memory, with a strong ETag; 304 where the client has it (RFC 9110 §13.1.2). */
function serveConstant(fastify: FastifyInstance, path: string, constant: Constant): void {
  const { type, maxAgeSeconds } = constant;
  const cacheControl = maxAgeSeconds === undefined ? 'no-cache' : `public, max-age=${maxAgeSeconds}`;
  let known: { readonly body: Buffer; readonly etag: string } | undefined;
  fastify.get(path, (request, reply) => {
    known ??= withEtag(Buffer.from(constant.read()));
    void reply.headers({ ...pageHeaders, etag: known.etag, 'cache-control': cacheControl });
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

/** Nest's Swagger brings the files of Swagger UI along. */
const require = createRequire(createRequire(import.meta.url).resolve('@nestjs/swagger'));

const html = 'text/html; charset=utf-8';
const script = 'text/javascript; charset=utf-8';

const files = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': script,
  'swagger-ui-standalone-preset.js': script,
  'favicon-16x16.png': 'image/png',
  'favicon-32x32.png': 'image/png',
};

/** Swagger UI at `/docs`, the document at `/docs-json`. `SwaggerModule.setup` makes both anew for each request. */
export function serveDocs(fastify: FastifyInstance, document: () => OpenAPIObject): void {
  serveConstant(fastify, '/docs-json', {
    type: 'application/json; charset=utf-8',
    read: () => JSON.stringify(document()),
  });
  serveConstant(fastify, '/docs', { type: html, read: () => pageOf('./docs/') });
  for (const path of ['/docs/', '/docs/index.html'])
    serveConstant(fastify, path, { type: html, read: () => pageOf('./') });
  serveConstant(fastify, '/docs/swagger-ui-init.js', { type: script, read: () => initialization });
  for (const [name, type] of Object.entries(files)) {
    const read = () => readFileSync(require.resolve(`swagger-ui-dist/${name}`));
    serveConstant(fastify, `/docs/${name}`, { type, maxAgeSeconds: 3600, read });
  }
}

/** The page, with its files at `base`, from where it stands itself. */
const pageOf = (base: string) => `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="UTF-8" />
    <title>Gatehouse</title>
    <link rel="stylesheet" href="${base}swagger-ui.css" />
    <link rel="icon" type="image/png" sizes="32x32" href="${base}favicon-32x32.png" />
    <link rel="icon" type="image/png" sizes="16x16" href="${base}favicon-16x16.png" />
    <style>
      body { margin: 0; background: #fafafa; }
      .swagger-ui .topbar .download-url-wrapper { display: none; }
    </style>
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="${base}swagger-ui-bundle.js"></script>
    <script src="${base}swagger-ui-standalone-preset.js"></script>
    <script src="${base}swagger-ui-init.js"></script>
  </body>
</html>
`;

/** Credentials typed into it are kept over a reload. Nothing is sent to the public validator of Swagger. */
const options = {
  dom_id: '#swagger-ui',
  deepLinking: true,
  layout: 'StandaloneLayout',
  persistAuthorization: true,
  tagsSorter: 'alpha',
  validatorUrl: null,
};

const initialization = `const url = new URL('../docs-json', document.currentScript.src).href;
window.onload = () => {
  window.ui = SwaggerUIBundle({
    url,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    ...${JSON.stringify(options, null, 2)},
  });
};
`;
