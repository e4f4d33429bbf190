import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { answerQuestions, processorMicroseconds } from '../server/answer-questions.js';
import { bareRoute, controllerAt } from '../server/routes.js';
import { passportHost } from './passport-host.js';
import { token } from './people.js';
import { UseGuards } from '@nestjs/common';
import { Authenticated } from '../../dist/index.js';
import { ourModules } from './our-modules.js';

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

/** The HTTP adapter of Nest for this platform, `express` or `fastify`, as it is by default. */
async function adapterOf(platform) {
  if (platform === 'express') return new (await import('@nestjs/platform-express')).ExpressAdapter();
  return new (await import('@nestjs/platform-fastify')).FastifyAdapter();
}

/** A host with a route under our guard. */
function gatehouseHost(folder) {
  return {
    module: class GatehouseHost {},
    imports: ourModules(folder),
    controllers: [controllerAt('notes', UseGuards(Authenticated))],
  };
}
