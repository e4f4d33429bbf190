import { test } from 'node:test';
import { Test } from '@nestjs/testing';
import { asToolKey, asUser, AuthTestingModule, testOwnerId } from 'nestjs-gatehouse/testing';
import request from 'supertest';
import { FilesModule } from './files.js';

test('an agent reads, tells its result, and shares nothing', async () => {
  const imports = [AuthTestingModule.forRoot({ confineAgents: true }), FilesModule];
  const app = (await Test.createTestingModule({ imports }).compile()).createNestApplication();
  await app.init();
  const server = request(app.getHttpServer());
  const agent = asToolKey({ taskId: 'summary-7', attempt: 2, scopes: ['files:read'] });
  await server
    .get('/files')
    .set(agent)
    .expect(200, { of: testOwnerId, through: ['user', 'tool_key'] });
  await server.post('/files/result').set(agent).expect(201, { taskId: 'summary-7', attempt: 2 });
  await server.post('/files/share').set(agent).expect(403);
  await server.post('/files/share').set(asUser()).expect(201);
  await server.post('/files/share').set(asUser()).set('X-Agent-Context', '1').expect(403);
  await app.close();
});
