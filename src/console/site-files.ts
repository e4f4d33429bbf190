import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { ConfigurationError } from '../support/errors.js';

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** In the order in which they are preferred. */
export const encodings = { br: '.br', gzip: '.gz' } as const;

export interface SiteFile {
  readonly type: string;
  readonly etag: string;
  readonly cacheControl: string;
  /** By content coding; `identity` is always there. */
  readonly bodies: ReadonlyMap<string, Buffer>;
}

/** What `npm run build:console` makes: the page, as text, and the files beside it by their names. */
export interface SiteFiles {
  readonly page: string;
  readonly files: ReadonlyMap<string, SiteFile>;
}

/** Reads the site into memory. Throws a `ConfigurationError` if it is not there. */
export function readSite(): SiteFiles {
  const folder = siteFolder();
  if (folder === undefined)
    throw new ConfigurationError([
      'The files of the console are missing: in a copy of the repository, run npm run build. A bundle of your application needs ' +
        'dist/package/console/site of nestjs-gatehouse in node_modules',
    ]);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const shown = names.filter((name) => /\.(js|css|svg)$/.test(name));
  const files = new Map(shown.map((name) => [name.replaceAll('\\', '/'), readSiteFile(folder, name)]));
  return { page: readFileSync(join(folder, 'index.html'), 'utf8'), files };
}

/** The page, which refers to its files by `base`, and to the API by `api`, both as it sees them. */
export function pageFile(
  page: string,
  { base, api }: { readonly base: string; readonly api: string },
): SiteFile {
  const text = page
    .replaceAll('="./', () => `="${escaped(base)}`)
    .replace('<html ', () => `<html data-api="${escaped(api)}" `);
  const identity = Buffer.from(text);
  return { ...factsOf('index.html', identity), bodies: compressed(identity, () => undefined) };
}

function escaped(text: string): string {
  return text.replaceAll(/[&"<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function readSiteFile(folder: string, name: string): SiteFile {
  const identity = readFileSync(join(folder, name));
  const read = (suffix: string) => {
    const file = join(folder, name + suffix);
    return existsSync(file) ? readFileSync(file) : undefined;
  };
  return { ...factsOf(name, identity), bodies: compressed(identity, read) };
}

function factsOf(name: string, identity: Buffer): Omit<SiteFile, 'bodies'> {
  return {
    type: types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(identity).digest('base64url')}"`,
    // The names of assets contain their hash.
    cacheControl: /^assets[\\/]/.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
}

/** The npm package does not have the compressed files, which would double its size. */
function compressed(identity: Buffer, read: (suffix: string) => Buffer | undefined): SiteFile['bodies'] {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 5 };
  return new Map([
    ['identity', identity],
    ['br', read(encodings.br) ?? brotliCompressSync(identity, { params })],
    ['gzip', read(encodings.gzip) ?? gzipSync(identity)],
  ]);
}

/** From the compiled code upwards, wherever a bundle has put that. */
function siteFolder(): string | undefined {
  const site = 'package/console/site';
  const places = [site, `dist/${site}`, `node_modules/nestjs-gatehouse/dist/${site}`];
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const found = places
      .map((place) => join(folder, place))
      .find((path) => existsSync(join(path, 'index.html')));
    if (found !== undefined || folder === dirname(folder)) return found;
    folder = dirname(folder);
  }
}
