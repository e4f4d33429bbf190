import { Module } from '@nestjs/common';
import { ApiKeysModule, AuthModule, DatabaseModule, ToolKeysModule } from 'nestjs-gatehouse';
import { gatehouseEntities } from 'nestjs-gatehouse/database';
import { NotesGateway, OpenGateway } from './notes.gateway.js';

const login = 'https://login.example.com/';

@Module({
  imports: [
    DatabaseModule.forRoot({ url: 'sqlite:notes.db', entities: gatehouseEntities }),
    AuthModule.forRoot({ issuers: [{ issuer: login, audience: 'notes', jwksUrl: `${login}jwks.json` }] }),
    ApiKeysModule,
    ToolKeysModule,
  ],
  providers: [NotesGateway, OpenGateway],
})
export class AppModule {}
