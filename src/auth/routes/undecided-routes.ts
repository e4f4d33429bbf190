import { Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type ApplicationRoute, ApplicationRoutes } from './application-routes.js';
import type { HandlerBesideHttp } from './handlers-beside-http.js';

export const undecidedRoutesPolicies = ['refuse', 'warn', 'allow'] as const;

/** What happens to an application with a route that is neither guarded nor public. */
export type UndecidedRoutesPolicy = (typeof undecidedRoutesPolicies)[number];

/** @internal Looks at all routes before the application listens: a forgotten guard is a mistake that no request shows. */
export class UndecidedRoutes implements OnModuleInit {
  private readonly logger = new Logger('AuthModule');

  constructor(
    private readonly policy: UndecidedRoutesPolicy,
    private readonly routes: ApplicationRoutes,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /**
   * Throws, or warns, with the name of every route, GraphQL operation and message of a socket that has neither a guard of
   * Gatehouse nor `@Public()`, and of every one that only a base class opens.
   */
  onModuleInit(): void {
    const servesHttp = (this.adapterHost.httpAdapter as unknown) instanceof Object;
    if (this.policy === 'allow' || !servesHttp) return;
    const routes = [...this.routes.all(), ...this.routes.besideHttp()];
    const undecided = routes.filter(({ access }) => !access.isDecided);
    const closed = routes.filter(({ access }) => access.isDecided && access.isOpenedByBase);
    if (undecided.length + closed.length === 0) return;
    const message = [...explainUndecided(undecided), ...explainClosed(closed)].join('\n');
    if (this.policy === 'refuse') throw new Error(message);
    this.logger.warn(message);
  }
}

type Handler = ApplicationRoute | HandlerBesideHttp;

function explainUndecided(routes: readonly Handler[]): string[] {
  if (routes.length === 0) return [];
  return [
    'These routes have no guard, so anyone can call them:',
    ...routes.map((route) => `  ${nameOf(route)}`),
    'Add @UseGuards(Authenticated) or @Public() to each route or to its controller, or close all routes without',
    '@Public() with { provide: APP_GUARD, useClass: Authenticated } among the providers of the root module.',
  ];
}

function explainClosed(routes: readonly Handler[]): string[] {
  if (routes.length === 0) return [];
  return [
    'Only a class that the controller extends opens these routes. @Public() is not inherited, so they are closed:',
    ...routes.map((route) => `  ${nameOf(route)}`),
    'Add @Public() to the controller itself to open them, or @UseGuards(Authenticated) to keep them closed.',
  ];
}

function nameOf(route: Handler): string {
  const { handler, access } = route;
  const unchecked = access.isUnchecked ? ': requires scopes or a role that no Gatehouse guard checks' : '';
  const opened = access.isOpenedByBase ? ': opened only by a class that the controller extends' : '';
  return `${handler} (${'call' in route ? route.call : placeOf(route)})${unchecked || opened}`;
}

function placeOf({ method, path, version }: ApplicationRoute): string {
  return `${method} ${path}${version === null ? '' : `, version ${version}`}`;
}
