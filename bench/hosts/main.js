import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { answerQuestions } from '../server/answer-questions.js';
import { processorMicroseconds } from '../server/processor-microseconds.js';
import { bareRoute } from '../server/routes.js';
import { adapterOf } from './adapter-of.js';
import { gatehouseHost } from './gatehouse-host.js';
import { passportHost } from './passport-host.js';
import { token } from './people.js';

// Three hosts on one platform in one process: nothing that authenticates, our guard, and Passport by hand.
const [platform, folder] = process.argv.slice(2);
const passport = await passportHost(folder);
const [bare, ours, theirs] = [
  await serve({ module: class BareHost {}, controllers: [bareRoute] }),
  await serve(gatehouseHost(folder)),
  await serve(passport.module),
];
answerQuestions({ processorMicroseconds });
process.send({ bare, ours, theirs, token, keys: { ours: await keyOf(ours), theirs: passport.key } });

async function serve(module) {
  const app = await NestFactory.create(module, await adapterOf(platform), { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  return `http://127.0.0.1:${app.getHttpServer().address().port}`;
}

async function keyOf(url) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/api/v1/auth/api-keys`, { method: 'POST', headers });
  if (response.status !== 201) throw new Error(`No key was made: ${await response.text()}`);
  return (await response.json()).key;
}
