import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import {
  ApiKeysModule,
  Authenticated,
  AuthModule,
  DatabaseModule,
  type IssuerOptions,
  ToolKeysModule,
} from 'nestjs-gatehouse';
import type { DataSource } from 'typeorm';
import { NotesModule } from '../notes/notes.module.js';
import { validation } from '../notes/validation.js';
import { HealthController } from './health.controller.js';

@Module({})
export class ApplicationModule {
  static register(dataSource: DataSource, issuers: readonly IssuerOptions[]): DynamicModule {
    return {
      module: ApplicationModule,
      imports: [
        DatabaseModule.forRoot({ dataSource }),
        // A route that was left open by mistake stops the start.
        AuthModule.forRoot({ issuers, undecidedRoutes: 'refuse' }),
        ApiKeysModule,
        ToolKeysModule,
        NotesModule,
      ],
      controllers: [HealthController],
      // Every route is closed, unless it says `@Public()`.
      providers: [{ provide: APP_GUARD, useClass: Authenticated }, validation],
    };
  }
}
