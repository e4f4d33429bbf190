import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { ConfigurationError } from '../support/errors.js';
import type { ConsoleLogin } from './console-login.js';

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** In the order in which they are preferred. */
const encodings = { br: '.br', gzip: '.gz' } as const;

interface SiteFile {
  readonly type: string;
  readonly etag: string;
  readonly cacheControl: string;
  /** By content coding; `identity` is always there. */
  readonly bodies: ReadonlyMap<string, Buffer>;
}

export interface ConsoleSiteOptions {
  readonly connectTo?: readonly string[];
  readonly login?: ConsoleLogin | undefined;
}

/**
 * The built console in memory, below `/console`. It is static: what a person may see and do is decided by the routes of the
 * API that it calls with the credential of that person.
 */
export class ConsoleSite {
  private constructor(
    private readonly files: ReadonlyMap<string, SiteFile>,
    private readonly page: SiteFile,
    private readonly connectTo: readonly string[],
    private readonly login: ConsoleLogin | undefined,
  ) {}

  /**
   * Reads the files that `npm run build` makes. `connectTo` are the origins that its pages may call besides their own.
   * Without `login`, people sign in with a key or a token only. Throws a `ConfigurationError` where there are none.
   */
  static open({ connectTo = [], login }: ConsoleSiteOptions = {}): ConsoleSite {
    const folder = siteFolder();
    if (folder === undefined)
      throw new ConfigurationError(['CONSOLE is true, but the console was not built: run npm run build']);
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const shown = names.filter((name) => /\.(html|js|css|svg)$/.test(name));
    const files = new Map(shown.map((name) => [name.replaceAll('\\', '/'), readSiteFile(folder, name)]));
    const page = files.get('index.html');
    if (page === undefined) throw new Error(`${folder} has no index.html`);
    return new ConsoleSite(files, page, connectTo, login);
  }

  /** Answers GET and HEAD of `/console` and below. `false`: it is another path, and nothing was sent. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const [path = ''] = (request.url ?? '').split('?', 1);
    if (path !== '/console' && !path.startsWith('/console/')) return false;
    setHeaders(response, this.connectTo);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD', 'content-length': 0 }).end();
      return true;
    }
    const name = path.slice('/console/'.length);
    if (name === 'login.json') {
      void this.sendLogin(request, response);
      return true;
    }
    if (name === 'signed-in') {
      void this.sendSignedIn(request, response);
      return true;
    }
    // Every other path is a page, and its script reads which.
    const file = this.files.get(name) ?? (/^assets\/|\.[a-z]+$/.test(name) ? undefined : this.page);
    if (file === undefined)
      response.writeHead(404, { 'content-length': 0, 'cache-control': 'no-store' }).end();
    if (file !== undefined) send(request, response, file);
    return true;
  }

  private async sendLogin(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.stringify((await this.login?.describe()) ?? null);
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  /** The page to which the issuer sends people back: the only one that may call the token endpoint. */
  private async sendSignedIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const metadata = await this.login?.current();
    if (metadata !== undefined) setHeaders(response, [...this.connectTo, metadata.connectTo]);
    // Its URL has a code, which is in no cache.
    send(request, response, { ...this.page, cacheControl: 'no-store' });
  }
}

function setHeaders(response: ServerResponse, connectTo: readonly string[]): void {
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

function readSiteFile(folder: string, name: string): SiteFile {
  const identity = readFileSync(join(folder, name));
  const coded = Object.entries(encodings)
    .filter(([, suffix]) => existsSync(join(folder, name + suffix)))
    .map(([coding, suffix]) => [coding, readFileSync(join(folder, name + suffix))] as const);
  return {
    type: types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(identity).digest('base64url')}"`,
    // The names of assets contain their hash.
    cacheControl: /^assets[\\/]/.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache',
    bodies: new Map([['identity', identity], ...coded]),
  };
}

/** Beside the compiled code, wherever a bundle has put that. */
function siteFolder(): string | undefined {
  let folder = import.meta.dirname;
  while (folder !== dirname(folder)) {
    const found = ['console/site', 'dist/console/site'].map((path) => join(folder, path));
    const site = found.find((path) => existsSync(join(path, 'index.html')));
    if (site !== undefined) return site;
    folder = dirname(folder);
  }
  return undefined;
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
