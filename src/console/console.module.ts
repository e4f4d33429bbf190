import { Inject, Injectable, Module, type NestModule, Optional } from '@nestjs/common';
import { type AbstractHttpAdapter, ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { requireOneModule } from '../auth/options/check-module-options.js';
import { ApplicationRoutes } from '../auth/routes/application-routes.js';
import { explainMissing } from '../database/module-requirements.js';
import { MountedRoutes } from '../http/mounted-routes.js';
import { IdentityController } from '../platform/identity.controller.js';
import { platformControllers } from '../platform/platform.module.js';
import { Clock, ClockModule } from '../support/clock.js';
import {
  checkConsoleOptions,
  ConfigurableConsoleModule,
  type ConsoleModuleOptions,
  consoleOptions,
} from './console.options.js';
import { ConsoleLogin } from './console-login.js';
import { ConsoleSite, notFound } from './console-site.js';

/** Serves the console outside of the routes of the application: none of its guards, pipes and filters sees the requests. */
@Injectable()
class HostedConsole {
  constructor(
    private readonly routes: ApplicationRoutes,
    private readonly adapterHost: HttpAdapterHost,
    private readonly clock: Clock,
    @Optional() @Inject(consoleOptions) private readonly options?: ConsoleModuleOptions,
  ) {}

  serve(): void {
    const { httpAdapter } = this.adapterHost;
    const { path = '/console', login } = this.options ?? {};
    const site = ConsoleSite.open({
      path,
      apiPath: this.apiPath(),
      login: login && new ConsoleLogin(login, this.clock),
    });
    if (httpAdapter.getType() === 'fastify') serveOnFastify(httpAdapter, path, site);
    if (httpAdapter.getType() === 'express') serveOnExpress(httpAdapter, site);
  }

  /** With the prefix of the application. */
  private apiPath(): string {
    const { path = '' } =
      this.routes.all().find(({ target: { controller } }) => controller === IdentityController) ?? {};
    return path.replace(/\/auth\/\w+$/, '');
  }
}

interface FastifyReply {
  hijack(): { readonly raw: ServerResponse };
}

function serveOnFastify(httpAdapter: AbstractHttpAdapter, path: string, site: ConsoleSite): void {
  for (const url of [path, `${path}/*`])
    httpAdapter.all(url, ({ raw: request }: { raw: IncomingMessage }, reply: FastifyReply) => {
      const { raw } = reply.hijack();
      // The router decodes paths, and may ignore their case.
      if (!site.handle(request, raw)) notFound(raw);
    });
}

/** Before all routes, of which one like `/:name` would take its place. */
function serveOnExpress(httpAdapter: AbstractHttpAdapter, site: ConsoleSite): void {
  httpAdapter.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    if (!site.handle(request, response)) next();
  });
}

/**
 * The console, for people who look at keys, and what its pages ask for beyond the routes of other modules: `auth/me`,
 * `routes` and `admin/status`. Import it once, as it is or with options by `forRoot` and `forRootAsync`, beside `AuthModule` or `GatehouseModule`.
 * The start fails if the files of the console are missing.
 */
@Module({
  imports: [ClockModule],
  controllers: platformControllers,
  providers: explainMissing([HostedConsole], 'GatehouseConsoleModule'),
})
export class GatehouseConsoleModule extends ConfigurableConsoleModule implements NestModule {
  private readonly mounted: MountedRoutes;

  /** @internal Nest creates it. */
  constructor(
    modules: ModulesContainer,
    config: ApplicationConfig,
    private readonly hosted: HostedConsole,
    @Optional() @Inject(consoleOptions) options: ConsoleModuleOptions = {},
  ) {
    super();
    requireOneModule(modules, GatehouseConsoleModule);
    checkConsoleOptions(options);
    this.mounted = new MountedRoutes(GatehouseConsoleModule, modules, config);
    this.mounted.mount({ platform: platformControllers }, { path: options.apiPath });
  }

  configure(): void {
    this.mounted.fitToPrefix();
    this.hosted.serve();
  }
}
