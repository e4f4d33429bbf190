import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  ApiKeysModule,
  AuthModule,
  DatabaseModule,
  type IssuerOptions,
  ToolKeysModule,
} from 'nestjs-gatehouse';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { NotesModule } from '../notes/notes.module.js';
import { validation } from '../notes/validation.js';
import { HealthController } from './health.controller.js';

@Module({})
export class ApplicationModule {
  static register(dataSource: DataSourceOptions, issuers: readonly IssuerOptions[]): DynamicModule {
    return {
      module: ApplicationModule,
      imports: [
        // As it was before. Only its list of entities and migrations has grown.
        TypeOrmModule.forRoot(dataSource),
        DatabaseModule.forRootAsync({
          inject: [DataSource],
          useFactory: (existing: DataSource) => ({ dataSource: existing }),
        }),
        AuthModule.forRoot({ issuers, undecidedRoutes: 'refuse' }),
        ApiKeysModule,
        ToolKeysModule,
        NotesModule,
      ],
      controllers: [HealthController],
      providers: [validation],
    };
  }
}
