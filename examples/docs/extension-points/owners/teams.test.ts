import { test } from 'node:test';
import { Test } from '@nestjs/testing';
import { asApiKey, asUser, AuthTestingModule, testOwnerId, testUserId } from 'nestjs-gatehouse/testing';
import request from 'supertest';
import { NotesController } from './notes.controller.js';
import { Teams, TeamsModule } from './teams.js';
import { TeamsResolver } from './teams.resolver.js';

test('a user acts for the owners it is a member of', async () => {
  const testing = await Test.createTestingModule({
    // In the application: AuthModule.forRoot({ …, ownerResolver: TeamsResolver }).
    imports: [TeamsModule, AuthTestingModule.forRoot({ ownerResolver: TeamsResolver })],
    controllers: [NotesController],
  }).compile();
  const app = await testing.createNestApplication().init();
  const teams = app.get(Teams);
  const notes = () => request(app.getHttpServer()).get('/notes');
  const acme = { ...asUser(), 'X-Owner-Id': 'acme' };

  await notes().set(asUser()).expect(200, { of: testOwnerId });
  await notes().set(acme).expect(403);
  teams.join(testUserId, 'acme', 'guest');
  await notes().set(acme).expect(200, { of: 'acme' });
  await request(app.getHttpServer()).post('/notes').set(acme).expect(403);
  teams.leave(testUserId, 'acme');
  await notes().set(acme).expect(403);

  const key = asApiKey({ ownerId: 'acme', scopes: ['notes:read'] });
  await notes()
    .set({ ...key, 'X-Owner-Id': 'acme' })
    .expect(200);
  await notes()
    .set({ ...key, 'X-Owner-Id': testOwnerId })
    .expect(403);
  await app.close();
});
