import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { type MatchedRoute, RouterView } from './matched-route.js';

interface RouteOptions {
  readonly method: string | string[];
  readonly url: string;
  readonly handler: { readonly name: string };
}

interface Request {
  readonly raw: IncomingMessage;
  readonly params: Readonly<Record<string, string>>;
  readonly routeOptions: { readonly config: { readonly index?: number } };
}

/** As much of a Fastify instance as is needed, so that it need not be installed. */
interface FastifyInstance {
  readonly initialConfig: { readonly routerOptions?: object };
  /** What an application with Fastify's option of this name has also decorated its instance with. */
  readonly rewriteUrl?: (request: IncomingMessage) => string;
  addHook(name: 'onRoute', hook: (route: RouteOptions) => void): unknown;
  addHook(name: 'onRequest', hook: (request: Request, reply: unknown, done: () => void) => void): unknown;
  hasRoute(route: { method: string; url: string }): boolean;
  route(route: {
    method: string;
    url: string;
    exposeHeadRoute: boolean;
    config: { index: number };
    handler: () => void;
  }): unknown;
  ready(): Promise<unknown>;
  routing(request: IncomingMessage, response: ServerResponse): void;
}

/**
 * The routes of a Fastify application that are registered from now on. Fastify has no way to ask which route a path
 * leads to, so they are registered a second time, with the same router options, on an instance that does nothing else.
 * Constraints, such as a version that a header tells, are left out: the first route of a method and pattern counts.
 */
export class FastifyRouterView extends RouterView {
  private readonly routes: RouteOptions[] = [];
  private readonly matches = new WeakMap<IncomingMessage, number>();
  private mirror: Promise<FastifyInstance> | undefined;

  constructor(private readonly fastify: FastifyInstance) {
    super();
    fastify.addHook('onRoute', (route) => this.routes.push(route));
  }

  async find(method: string, path: string): Promise<MatchedRoute | undefined> {
    const mirror = await (this.mirror ??= this.makeMirror());
    const request = new IncomingMessage(new Socket());
    Object.assign(request, { method, url: path });
    mirror.routing(request, new ServerResponse(request));
    const route = this.routes[this.matches.get(request) ?? -1];
    return route === undefined ? undefined : { pattern: route.url, handler: route.handler.name };
  }

  private async makeMirror(): Promise<FastifyInstance> {
    const { FastifyAdapter } = await import('@nestjs/platform-fastify');
    const { rewriteUrl, initialConfig } = this.fastify;
    const options = { rewriteUrl, routerOptions: initialConfig.routerOptions };
    const mirror = new FastifyAdapter(options as never).getInstance() as unknown as FastifyInstance;
    // It goes no further than this: nobody calls `done`, and nothing is answered.
    mirror.addHook('onRequest', (request, _reply, _done) => this.note(request));
    this.routes.forEach(({ method: methods, url }, index) => {
      for (const method of [methods].flat()) {
        if (mirror.hasRoute({ method, url })) continue;
        mirror.route({ method, url, exposeHeadRoute: false, config: { index }, handler: () => {} });
      }
    });
    await mirror.ready();
    return mirror;
  }

  /** As in Nest's adapter, an empty parameter is none. */
  private note({ raw, params, routeOptions }: Request): void {
    const { index } = routeOptions.config;
    const isEmpty = Object.entries(params ?? {}).some(([name, value]) => value === '' && name !== '*');
    if (index !== undefined && !isEmpty) this.matches.set(raw, index);
  }
}
