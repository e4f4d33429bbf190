import { type DynamicModule, Module } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { ApiKeysModule, AuthModule, DatabaseModule, ToolKeysModule } from 'nestjs-gatehouse';
import { gatehouseEntities } from 'nestjs-gatehouse/database';
import { NotesResolver } from './notes.resolver.js';

const login = 'https://login.example.com/';

@Module({})
export class AppModule {
  /** `jit`: how often an operation runs before it is compiled; 0 for never. */
  static forRoot(jit: number): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DatabaseModule.forRoot({ url: 'sqlite:notes.db', entities: gatehouseEntities }),
        AuthModule.forRoot({ issuers: [{ issuer: login, audience: 'notes', jwksUrl: `${login}jwks.json` }] }),
        ApiKeysModule,
        ToolKeysModule,
        GraphQLModule.forRoot<MercuriusDriverConfig>({
          driver: MercuriusDriver,
          autoSchemaFile: true,
          allowBatchedQueries: true,
          subscription: true,
          jit,
        }),
      ],
      providers: [NotesResolver],
    };
  }
}
