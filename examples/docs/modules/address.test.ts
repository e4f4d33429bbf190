import { test } from 'node:test';
import { Controller, Get, type INestApplication, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Authenticated } from 'nestjs-gatehouse';
import { asApiKey, AuthTestingModule } from 'nestjs-gatehouse/testing';
import request from 'supertest';

@Controller('notes')
@UseGuards(Authenticated)
class NotesController {
  @Get()
  list() {
    return [];
  }
}

@Module({ imports: [AuthTestingModule.forRoot()], controllers: [NotesController] })
class AppModule {}

const quiet = { logger: false } as const;
const trusted = ['127.0.0.1', '::1'];

async function onExpress(proxies: string[]): Promise<INestApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, new ExpressAdapter(), quiet);
  app.set('trust proxy', proxies);
  return app.init();
}

async function onFastify(proxies: string[]): Promise<INestApplication> {
  const adapter = new FastifyAdapter({ trustProxy: proxies });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, adapter, quiet);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

for (const start of [onExpress, onFastify]) {
  test(`a key works from its allowed addresses only (${start.name})`, async () => {
    const office = asApiKey({ allowedIps: ['203.0.113.0/24'] });
    const asked = async (proxies: string[], forwardedFor: string) => {
      const app = await start(proxies);
      const answer = request(app.getHttpServer()).get('/notes').set(office);
      const { status } = await answer.set('X-Forwarded-For', forwardedFor);
      await app.close();
      return status;
    };
    const answers = [
      await asked(trusted, '203.0.113.7'),
      await asked(trusted, '198.51.100.1'),
      // This proxy is not trusted, so its header is ignored.
      await asked(['192.0.2.1'], '203.0.113.7'),
    ];
    if (String(answers) !== '200,401,401') throw new Error(`answered ${answers}`);
  });
}
