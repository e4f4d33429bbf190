import { Module, type NestModule, type Type } from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { MountedRoutes } from '../http/mounted-routes.js';
import { ClockModule } from '../support/clock.js';
import { IdentityController } from './identity.controller.js';
import { RoutesController } from './routes.controller.js';
import { StatusController } from './status.controller.js';

export const platformControllers: Type[] = [IdentityController, RoutesController, StatusController];

/** The routes about the caller, the application and its state. Needs `AuthModule`. */
@Module({ imports: [ClockModule], controllers: platformControllers })
export class PlatformModule implements NestModule {
  private readonly routes: MountedRoutes;

  constructor(modules: ModulesContainer, config: ApplicationConfig) {
    this.routes = new MountedRoutes(PlatformModule, modules, config);
    this.routes.mount({ platform: platformControllers }, {});
  }

  configure(): void {
    this.routes.fitToPrefix();
  }
}
