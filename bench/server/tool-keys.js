import 'reflect-metadata';
import { ToolKeyVerifier } from '../../dist/auth/verifiers/key.verifier.js';
import { BuiltinIssuer } from '../../dist/issuer/builtin-issuer.js';
import { readConfiguration } from '../../dist/server/configuration/read-configuration.js';
import { createServer } from '../../dist/server/create-server.js';
import { ServiceLogger } from '../../dist/server/logs/service-logger.js';
import { answerQuestions } from './answer-questions.js';

// The service on one database, with the built-in issuer for a user.
const [dataDir, databaseUrl] = process.argv.slice(2);
const configuration = readConfiguration({
  DATA_DIR: dataDir,
  DATABASE_URL: databaseUrl,
  LOG_LEVEL: 'error',
  // One owner issues as many as the machine can.
  MAX_TOOL_KEYS_PER_OWNER: '1000000',
  // Every ended key is rejected as such, however many are tried.
  AUTH_FAILURES_PER_MINUTE: '0',
});
const service = await createServer(configuration, { logger: new ServiceLogger(configuration) });
await service.listen({ port: 0, host: '127.0.0.1' });
const verifier = service.get(ToolKeyVerifier, { strict: false });
const request = { ip: '127.0.0.1' };
const origin = { ip: '127.0.0.1', userAgent: null, requestId: null };

answerQuestions({
  /** Verifies them all, so that they are cached. */
  async cache(keys) {
    for (const key of keys) await verifier.verify(key, origin);
    return keys.filter((key) => verifier.getCached(key, request) !== undefined).length;
  },
});
process.send({
  url: `http://127.0.0.1:${service.getHttpServer().address().port}`,
  token: BuiltinIssuer.open(dataDir).tokenFor('ada@example.com', 3600),
});
