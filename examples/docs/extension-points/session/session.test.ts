import { test } from 'node:test';
import { Controller, Get, UseGuards } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  Authenticated,
  type AuthenticatedUser,
  CurrentUser,
  PersonOnly,
  RequireScopes,
} from 'nestjs-gatehouse';
import { asUser, AuthTestingModule } from 'nestjs-gatehouse/testing';
import request from 'supertest';
import { ClientCertificate } from './certificate.credential.js';
import { SessionCookie } from './session.credential.js';
import { Sessions, SessionsModule } from './sessions.js';

@Controller('profile')
class ProfileController {
  @Get()
  @UseGuards(PersonOnly)
  show(@CurrentUser() user: AuthenticatedUser) {
    return { by: user.source.type };
  }

  @Get('export')
  @UseGuards(Authenticated)
  @RequireScopes('profile:read')
  export(@CurrentUser() user: AuthenticatedUser) {
    return { of: user.ownerId };
  }
}

test('a session identifies a user, and a certificate a program', async () => {
  const testing = await Test.createTestingModule({
    // In the application: AuthModule.forRoot({ …, credentials: [SessionCookie, ClientCertificate] }).
    imports: [SessionsModule, AuthTestingModule.forRoot({ credentials: [SessionCookie, ClientCertificate] })],
    controllers: [ProfileController],
  }).compile();
  const app = await testing.createNestApplication().init();
  const sessions = app.get(Sessions);
  const profile = (path = '') => request(app.getHttpServer()).get(`/profile${path}`);

  const sid = sessions.begin({ login: 'ada', email: 'ada@example.com' });
  await profile().set('Cookie', `sid=${sid}`).expect(200, { by: 'custom' });
  await profile().set('Cookie', `sid=${sid}`).set(asUser()).expect(200, { by: 'jwt' });
  sessions.end(sid);
  await profile().set('Cookie', `sid=${sid}`).expect(401);

  await profile('/export').set('X-Client-Cert', '9f3c1d').expect(200, { of: 'acme' });
  await profile().set('X-Client-Cert', '9f3c1d').expect(403);
  await profile().set('X-Client-Cert', 'forged').expect(401);
  await app.close();
});
