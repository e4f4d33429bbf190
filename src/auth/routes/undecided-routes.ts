import { Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { ApplicationRoute } from './application-route.js';
import { ApplicationRoutes } from './application-routes.js';
import type { UndecidedRoutesPolicy } from './undecided-routes-policy.js';

/** Looks at all routes before the application listens: a forgotten guard is a mistake that no request shows. */
export class UndecidedRoutes implements OnModuleInit {
  private readonly logger = new Logger('AuthModule');

  constructor(
    private readonly policy: UndecidedRoutesPolicy,
    private readonly routes: ApplicationRoutes,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** Throws, or warns, with the name of every route that has neither a guard of ours nor `@Public()`. */
  onModuleInit(): void {
    const servesHttp = (this.adapterHost.httpAdapter as unknown) instanceof Object;
    if (this.policy === 'allow' || !servesHttp) return;
    const undecided = this.routes.all().filter(({ access }) => !access.isDecided);
    if (undecided.length === 0) return;
    const message = explain(undecided);
    if (this.policy === 'refuse') throw new Error(message);
    this.logger.warn(message);
  }
}

function explain(routes: readonly ApplicationRoute[]): string {
  return [
    'Nobody has decided who may use these routes, so everybody may:',
    ...routes.map((route) => `  ${nameOf(route)}`),
    'Write @UseGuards(Authenticated) or @Public() on each route or on its controller, or close all routes that do not',
    'say @Public() with { provide: APP_GUARD, useClass: Authenticated } among the providers of the root module.',
  ].join('\n');
}

function nameOf({ handler, method, path, version, access }: ApplicationRoute): string {
  const ofVersion = version === null ? '' : `, version ${version}`;
  const unchecked = access.isUnchecked ? ': asks for scopes or a role that no guard of ours looks at' : '';
  return `${handler} (${method} ${path}${ofVersion})${unchecked}`;
}
