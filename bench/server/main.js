import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DecisionService } from '../../dist/auth/decision/decision.service.js';
import { Database } from '../../dist/database/database.js';
import { BuiltinIssuer } from '../../dist/issuer/builtin-issuer.js';
import { readConfiguration } from '../../dist/server/configuration/read-configuration.js';
import { createServer } from '../../dist/server/create-server.js';
import { ServerModule } from '../../dist/server/server.module.js';
import { ServiceLogger } from '../../dist/server/logs/service-logger.js';
import { answerQuestions, processorMicroseconds } from './answer-questions.js';
import { DatabaseCalls } from './database-calls.js';
import { bareRoute, guardedRoute, handWrittenRoute, publicRoute, scopedRoute } from './routes.js';
import { createPublicKey } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';

// Three applications in one process, each with routes that answer the same few bytes: the service as it is; its HTTP
// set-up without anything that authenticates; and plain Nest on Fastify.
const configuration = readConfiguration({
  DATA_DIR: process.argv[2],
  LOG_LEVEL: 'error',
  // Bad credentials are counted as ever, but never so many that the answer becomes 429.
  AUTH_FAILURES_PER_MINUTE: '1000000',
});
const logger = new ServiceLogger(configuration);
const verify = jsonwebtokenVerifier(BuiltinIssuer.open(configuration.dataDir).options);

const service = await createServer(configuration, {
  logger,
  root: {
    module: class BenchModule {},
    imports: [ServerModule.register(configuration)],
    controllers: [publicRoute, guardedRoute, scopedRoute],
  },
});
const bare = await createServer(configuration, {
  logger,
  root: { module: class BareModule {}, controllers: [bareRoute, handWrittenRoute(verify)] },
});
const plainRoot = { module: class PlainModule {}, controllers: [bareRoute] };
const plain = await NestFactory.create(plainRoot, new FastifyAdapter(), { logger });

const calls = new DatabaseCalls(service.get(Database));
const decision = service.get(DecisionService);
answerQuestions({
  processorMicroseconds,
  databaseCalls: ({ path, headers, status }) =>
    calls.during(async () => {
      for (const one of headers) {
        const { statusCode } = await service.inject({ url: path, headers: one });
        if (statusCode !== status) throw new Error(`${path} was to answer ${status}, not ${statusCode}`);
      }
    }),
  costInProcess: (tokens) => costInProcess(tokens, decision, verify),
});
process.send({ service: await listen(service), bare: await listen(bare), plain: await listen(plain) });

async function listen(app) {
  await app.listen({ port: 0, host: '127.0.0.1' });
  return `http://127.0.0.1:${app.getHttpServer().address().port}`;
}

/** `jsonwebtoken.verify` for the tokens of this issuer, its key parsed once. */
function jsonwebtokenVerifier({ publicKeys, issuer, audience }) {
  const key = createPublicKey({ key: publicKeys(Date.now()).keys[0], format: 'jwk' });
  const options = { algorithms: ['ES256'], issuer, audience };
  return (token) => jsonwebtoken.verify(token, key, options);
}

/** Microseconds of processor time for one of these new tokens: the whole of our authentication, and `verify` alone. */
async function costInProcess(tokens, decision, verify) {
  const gatehouse = await costOfEach(tokens, async (token) => {
    const authorization = `Bearer ${token}`;
    const request = { headers: { authorization }, rawHeaders: ['authorization', authorization] };
    const { user } = await decision.identify(request);
    if (user === undefined) throw new Error('A good token was rejected');
  });
  return { gatehouse, jsonwebtoken: await costOfEach(tokens, verify) };
}

async function costOfEach(tokens, work) {
  const before = process.cpuUsage();
  for (const token of tokens) await work(token);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / tokens.length;
}
