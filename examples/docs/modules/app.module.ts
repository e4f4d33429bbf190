import { Module } from '@nestjs/common';
import { ApiKeysModule, AuthModule, DatabaseModule, ToolKeysModule } from 'nestjs-gatehouse';
import { gatehouseEntities } from 'nestjs-gatehouse/database';
import { NotesController } from './notes.controller.js';

@Module({
  imports: [
    DatabaseModule.forRootAsync({
      useFactory: () => ({ url: process.env.DATABASE_URL ?? 'sqlite:notes.db', entities: gatehouseEntities }),
    }),
    AuthModule.forRootAsync({
      useFactory: () => ({
        issuers: [
          {
            issuer: process.env.ISSUER ?? 'https://login.example.com/',
            audience: 'notes',
            jwksUrl: process.env.JWKS_URL ?? 'https://login.example.com/.well-known/jwks.json',
          },
        ],
        undecidedRoutes: 'refuse',
      }),
    }),
    ApiKeysModule,
    ToolKeysModule,
  ],
  controllers: [NotesController],
})
export class AppModule {}
