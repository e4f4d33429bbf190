import { test } from 'node:test';
import { Controller, Get, Module, UseGuards } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { Authenticated, MaybeAuthenticated, Public, UserOnly } from 'nestjs-gatehouse';
import { asToolKey, AuthTestingModule } from 'nestjs-gatehouse/testing';
import request from 'supertest';

@Controller()
class PagesController {
  @Get('closed')
  closed() {
    return 'any valid credential';
  }

  @Get('users')
  @UseGuards(UserOnly)
  users() {
    return 'users and API keys';
  }

  @Get('greeting')
  @UseGuards(MaybeAuthenticated)
  greeting() {
    return 'everyone; the caller is known if it sends a credential';
  }

  @Get('imprint')
  @Public()
  imprint() {
    return 'everyone';
  }
}

@Module({
  imports: [AuthTestingModule.forRoot({ undecidedRoutes: 'refuse' })],
  controllers: [PagesController],
  providers: [{ provide: APP_GUARD, useClass: Authenticated }],
})
class AppModule {}

test('a route without a decorator is closed', async () => {
  const app = (await Test.createTestingModule({ imports: [AppModule] }).compile()).createNestApplication();
  await app.init();
  const get = (path: string) => request(app.getHttpServer()).get(path);
  await get('/closed').expect(401);
  await get('/closed')
    .set(asToolKey({ taskId: 'sum' }))
    .expect(200);
  await get('/users')
    .set(asToolKey({ taskId: 'sum' }))
    .expect(403);
  await get('/greeting').expect(200);
  await get('/imprint').expect(200);
  await app.close();
});
