import { expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  HttpException,
  type INestApplication,
  Module,
  type Provider,
  UseGuards,
} from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import request from 'supertest';
import { Authenticated } from '../../src/auth/guards.js';
import { AuthTestingModule } from '../../src/testing/index.js';

/** A filter for everything, as applications have it. */
@Catch()
class EverythingFilter implements ExceptionFilter<unknown> {
  catch(error: unknown, host: ArgumentsHost): void {
    const status = error instanceof HttpException ? error.getStatus() : 500;
    host
      .switchToHttp()
      .getResponse<{ status(code: number): { json(body: object): void } }>()
      .status(status)
      .json({ by: 'the application' });
  }
}

@Controller('notes')
class NotesController {
  @Get()
  @UseGuards(Authenticated)
  list() {
    return [];
  }

  @Get('broken')
  broken() {
    throw new Error('broken');
  }
}

async function answers(providers: Provider[], prepare: (app: INestApplication) => void = () => {}) {
  @Module({ imports: [AuthTestingModule.forRoot()], controllers: [NotesController], providers })
  class AppModule {}
  const app = await NestFactory.create(AppModule, new ExpressAdapter(), { logger: false });
  prepare(app);
  await app.init();
  const rejected = await request(app.getHttpServer()).get('/notes').expect(401);
  const broken = await request(app.getHttpServer()).get('/notes/broken').expect(500);
  await app.close();
  return { rejected, broken };
}

it('a catch-all APP_FILTER leaves AuthErrors to Gatehouse, and gets everything else', async () => {
  const { rejected, broken } = await answers([{ provide: APP_FILTER, useClass: EverythingFilter }]);
  expect(rejected.body).toMatchObject({ code: 'MISSING_TOKEN', requestId: rejected.headers['x-request-id'] });
  expect(rejected.headers['www-authenticate']).toBe('Bearer realm="gatehouse"');
  expect(broken.body).toEqual({ by: 'the application' });
});

it('a filter set by useGlobalFilters comes first, and finds the status', async () => {
  const { rejected, broken } = await answers([], (app) => app.useGlobalFilters(new EverythingFilter()));
  expect(rejected.body).toEqual({ by: 'the application' });
  expect(rejected.headers['www-authenticate']).toBeUndefined();
  expect(broken.body).toEqual({ by: 'the application' });
});
