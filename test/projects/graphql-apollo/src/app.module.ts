import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { ApiKeysModule, AuthModule, DatabaseModule, ToolKeysModule } from 'nestjs-gatehouse';
import { gatehouseEntities } from 'nestjs-gatehouse/database';
import { NotesResolver } from './notes.resolver';

const login = 'https://login.example.com/';

@Module({
  imports: [
    DatabaseModule.forRoot({ url: 'sqlite:notes.db', entities: gatehouseEntities }),
    AuthModule.forRoot({ issuers: [{ issuer: login, audience: 'notes', jwksUrl: `${login}jwks.json` }] }),
    ApiKeysModule,
    ToolKeysModule,
    GraphQLModule.forRoot<ApolloDriverConfig>({
      driver: ApolloDriver,
      autoSchemaFile: true,
      allowBatchedHttpRequests: true,
      subscriptions: { 'graphql-ws': true },
    }),
  ],
  providers: [NotesResolver],
})
export class AppModule {}
