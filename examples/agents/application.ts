import 'reflect-metadata';
import { Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_PIPE, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiKeysModule, AuthModule, DatabaseModule, ToolKeysModule } from 'nestjs-gatehouse';
import { gatehouseEntities } from 'nestjs-gatehouse/database';
import { audience, issuer } from '../login.js';
import { NotesController } from './notes.controller.js';

/** An application with the modules of Gatehouse. Reports its address to its parent process. */
const { DATABASE_URL = '', LOGIN_PUBLIC_KEY = '' } = process.env;

@Module({
  imports: [
    DatabaseModule.forRoot({ url: DATABASE_URL, entities: gatehouseEntities }),
    AuthModule.forRoot({ issuers: [{ issuer, audience, publicKey: LOGIN_PUBLIC_KEY }] }),
    ApiKeysModule,
    ToolKeysModule.forRoot({ maxPerTask: 10 }),
  ],
  controllers: [NotesController],
  providers: [{ provide: APP_PIPE, useClass: StandardSchemaValidationPipe }],
})
class Application {}

const app = await NestFactory.create<NestFastifyApplication>(Application, new FastifyAdapter(), {
  logger: ['error'],
});
await app.listen(0, '127.0.0.1');
process.send?.({ url: await app.getUrl() });
process.once('disconnect', () => void app.close());
