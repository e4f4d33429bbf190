import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ConsoleLogin } from './console-login.js';
import { encodings, pageFile, readSite, type SiteFile } from './site-files.js';

export interface ConsoleSiteOptions {
  /** Where the site is on this server. */
  readonly path?: string;
  /** Where the API is on this server. */
  readonly apiPath?: string;
  /** Without it, people sign in with a key or a token only. */
  readonly login?: ConsoleLogin | undefined;
}

/** A page is at most three segments below the site, such as `/keys/new`; no file of it is. */
const pagePath = /^(?:[\w-]+(?:\/[\w-]+){0,2}\/?)?$/;
const deepestPage = 3;

/**
 * The built console in memory. It is static: what a person may see and do is decided by the routes of the API that it calls
 * with the credential of that person. Its pages refer to everything relative to themselves, so that a proxy may add a prefix.
 */
export class ConsoleSite {
  private constructor(
    private readonly path: string,
    private readonly files: ReadonlyMap<string, SiteFile>,
    /** The page, by the number of slashes after the path of the site. */
    private readonly pages: readonly SiteFile[],
    private readonly login: ConsoleLogin | undefined,
  ) {}

  /** Reads the built files. Throws a `ConfigurationError` where there are none. */
  static open({ path = '/console', apiPath = '/api/v1', login }: ConsoleSiteOptions = {}): ConsoleSite {
    const { page, files } = readSite();
    const segments = path.split('/').slice(1);
    const api = '../'.repeat(segments.length) + apiPath.slice(1);
    // Without a slash at its end, the site stands beside its own folder.
    const bases = [
      `./${segments.at(-1)}/`,
      './',
      ...Array.from({ length: deepestPage }, (_, i) => '../'.repeat(i + 1)),
    ];
    const pages = bases.map((base) => pageFile(page, { base, api }));
    return new ConsoleSite(path, files, pages, login);
  }

  /** Answers requests of the site and below. `false`: it is another path, and nothing was sent. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const [path = ''] = (request.url ?? '').split('?', 1);
    if (path !== this.path && !path.startsWith(`${this.path}/`)) return false;
    setHeaders(response);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD', 'content-length': 0 }).end();
      return true;
    }
    const below = path.slice(this.path.length);
    if (below === '/login.json') {
      void this.sendLogin(request, response);
      return true;
    }
    if (below === '/signed-in') {
      void this.sendSignedIn(request, response);
      return true;
    }
    const file = this.fileAt(below);
    if (file === undefined) notFound(response);
    if (file !== undefined) send(request, response, file);
    return true;
  }

  private fileAt(below: string): SiteFile | undefined {
    const name = below.slice(1);
    const file = this.files.get(name);
    if (file !== undefined || name.startsWith('assets/')) return file;
    // Every other path is a page, and its script reads which.
    return pagePath.test(name) ? this.pages[below.split('/').length - 1] : undefined;
  }

  private async sendLogin(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.stringify((await this.login?.describe()) ?? null);
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  /** The page to which the issuer sends people back: the only one that may call the token endpoint. */
  private async sendSignedIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const metadata = await this.login?.current();
    if (metadata !== undefined) setHeaders(response, [metadata.connectTo]);
    // Its URL has a code, which is in no cache.
    const file = this.fileAt('/signed-in');
    if (file !== undefined) send(request, response, { ...file, cacheControl: 'no-store' });
  }
}

/** What a route answers to a path that only a router takes for that of the site. */
export function notFound(response: ServerResponse): void {
  response.writeHead(404, { 'content-length': 0, 'cache-control': 'no-store' }).end();
}

function setHeaders(response: ServerResponse, connectTo: readonly string[] = []): void {
  for (const [name, value] of Object.entries(siteHeaders(connectTo))) response.setHeader(name, value);
}

function send({ method, headers }: IncomingMessage, response: ServerResponse, file: SiteFile): void {
  response.setHeader('vary', 'accept-encoding').setHeader('etag', file.etag);
  response.setHeader('cache-control', file.cacheControl);
  if (isCurrent(headers['if-none-match'], file.etag)) {
    response.writeHead(304).end();
    return;
  }
  const accepted = (headers['accept-encoding'] ?? '').split(',').map((one) => one.trim());
  const encoding = Object.keys(encodings).find((one) => accepted.includes(one) && file.bodies.has(one));
  const body = file.bodies.get(encoding ?? 'identity') ?? Buffer.alloc(0);
  if (encoding !== undefined) response.setHeader('content-encoding', encoding);
  response.writeHead(200, { 'content-type': file.type, 'content-length': body.length });
  response.end(method === 'HEAD' ? undefined : body);
}

/** By weak comparison, of a list or `*` (RFC 9110 §13.1.2). */
function isCurrent(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

/** Scripts and styles only from files of its own; nothing may frame it, and it asks for no power of the browser. */
function siteHeaders(connectTo: readonly string[]) {
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      ["connect-src 'self'", ...connectTo].join(' '),
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'origin-agent-cluster': '?1',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}
