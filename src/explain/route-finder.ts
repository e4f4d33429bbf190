import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import {
  type ApplicationRoute,
  ApplicationRoutes,
  type RouteTarget,
} from '../auth/routes/application-routes.js';

/** A route of the application. */
export interface FoundRoute {
  /** As it was registered, e.g. `/api/v1/api-keys/:id`. */
  readonly pattern: string;
  /** `undefined` for a route that is not a controller's, such as a document. */
  readonly target: RouteTarget | undefined;
}

/** The public part of a Fastify instance that shows how it matches paths. */
interface Fastify {
  readonly initialConfig: RouterOptions & { readonly routerOptions?: RouterOptions };
  /** With the option of this name, if the application has decorated its instance with it. */
  readonly rewriteUrl?: (request: { method: string; url: string }) => string;
  hasRoute(route: { method: string; url: string }): boolean;
}

interface RouterOptions {
  readonly caseSensitive?: boolean;
  readonly ignoreTrailingSlash?: boolean;
  readonly ignoreDuplicateSlashes?: boolean;
  readonly maxParamLength?: number;
}

interface Express {
  enabled(setting: 'case sensitive routing' | 'strict routing'): boolean;
}

interface Matcher {
  readonly route: ApplicationRoute;
  readonly matches: RegExp;
  readonly rank: string;
}

/**
 * Finds the route that a request would reach, in the list of all routes of controllers, as Fastify or Express would. Of
 * several versions of one route, which a header chooses, it finds the first.
 */
@Injectable()
export class RouteFinder {
  private matchers: readonly Matcher[] | undefined;

  constructor(
    private readonly routes: ApplicationRoutes,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** `undefined` if there is no such route. `path` has no query string. */
  find(method: string, path: string): FoundRoute | undefined {
    const { httpAdapter } = this.adapterHost;
    const type = httpAdapter.getType();
    if (type === 'fastify')
      return this.findInFastify(httpAdapter.getInstance<Fastify>(), { method, url: path });
    if (type === 'express') return this.findInExpress(httpAdapter.getInstance<Express>(), method, path);
    throw new Error('Routes can only be read under Fastify and Express.');
  }

  /** The most specific pattern wins. A path that is no controller's is known if it is registered as it stands. */
  private findInFastify(fastify: Fastify, request: { method: string; url: string }): FoundRoute | undefined {
    const [url = ''] = (fastify.rewriteUrl?.(request) ?? request.url).split('?');
    const { method } = request;
    const { initialConfig } = fastify;
    const options = { ...initialConfig, ...initialConfig.routerOptions };
    const { caseSensitive = true, ignoreTrailingSlash = false, maxParamLength = 100 } = options;
    this.matchers ??= this.routes
      .all()
      .map((route) => fastifyMatcher(route, { caseSensitive, ignoreTrailingSlash, maxParamLength }))
      .sort((one, other) => (one.rank < other.rank ? 1 : Number(one.rank !== other.rank) * -1));
    const path = decodeURI(options.ignoreDuplicateSlashes === true ? url.replaceAll(/\/{2,}/g, '/') : url);
    const found = this.matchers.find(({ route, matches }) => serves(route, method) && matches.test(path));
    if (found !== undefined) return found && toFound(found);
    return fastify.hasRoute({ method, url }) ? { pattern: url, target: undefined } : undefined;
  }

  /** The route that was registered first wins. */
  private findInExpress(express: Express, method: string, path: string): FoundRoute | undefined {
    this.matchers ??= this.routes.all().map((route) =>
      expressMatcher(route, {
        caseSensitive: express.enabled('case sensitive routing'),
        ignoreTrailingSlash: !express.enabled('strict routing'),
      }),
    );
    const found = this.matchers.find(({ route, matches }) => serves(route, method) && matches.test(path));
    return found && toFound(found);
  }
}

function toFound({ route: { path, target } }: Matcher): FoundRoute {
  return { pattern: path, target };
}

/** `HEAD` is answered by the route for `GET`. */
function serves({ method: of }: ApplicationRoute, method: string): boolean {
  return of === 'ALL' || of === method || (of === 'GET' && method === 'HEAD');
}

/** `:name`, `:name(regular expression)` and `:name?`, `*` at the end, and `::` for a colon. */
function fastifyMatcher(
  route: ApplicationRoute,
  {
    caseSensitive,
    ignoreTrailingSlash,
    maxParamLength,
  }: Required<Omit<RouterOptions, 'ignoreDuplicateSlashes'>>,
): Matcher {
  const source = route.path.replaceAll(
    /::|(\/?):\w+(\((?:[^()]|\([^()]*\))*\))?(\?)?|\*|[^:*/]+|[/:]/g,
    (token, slash: string | undefined, expression: string | undefined, optional: string | undefined) => {
      if (token === '::') return ':';
      if (token === '*') return '.*';
      if (slash === undefined) return escape(token);
      const parameter = `${slash}(?:${expression ?? `[^/]{1,${maxParamLength}}?`})`;
      return optional === undefined ? parameter : `(?:${parameter})?`;
    },
  );
  const rank = route.path.split('/').map(rankOf).join('');
  return { route, matches: regExpOf(source, { caseSensitive, ignoreTrailingSlash }), rank };
}

/** Fixed segments come before parameters, and those before wildcards. */
function rankOf(segment: string): string {
  if (segment.includes('*')) return '0';
  if (!/:\w/.test(segment.replaceAll('::', ''))) return '3';
  return /^:\w+\??$/.test(segment) ? '1' : '2';
}

/** `:name`, `*name`, `{…}` for an optional part, and `\` before a character that stands for itself. */
function expressMatcher(
  route: ApplicationRoute,
  options: Required<Pick<RouterOptions, 'caseSensitive' | 'ignoreTrailingSlash'>>,
): Matcher {
  const source = route.path.replaceAll(/\\(.)|:\w+|\/\*(?!\w)|\*\w+|[{}]|./g, (token, escaped?: string) => {
    if (escaped !== undefined) return escape(escaped);
    // Nest registers an unnamed wildcard as an optional one.
    if (token === '/*') return '/(?:.+)?';
    if (token === '{') return '(?:';
    if (token === '}') return ')?';
    if (token.length > 1) return token.startsWith(':') ? '[^/]+?' : '.+';
    return escape(token);
  });
  return { route, matches: regExpOf(source, options), rank: '' };
}

function regExpOf(
  source: string,
  { caseSensitive, ignoreTrailingSlash }: { caseSensitive: boolean; ignoreTrailingSlash: boolean },
): RegExp {
  const whole = ignoreTrailingSlash ? `${source.replace(/\/$/, '')}/?` : source === '' ? '/' : source;
  return new RegExp(`^${whole}$`, caseSensitive ? '' : 'i');
}

function escape(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}
