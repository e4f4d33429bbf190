import { ToolKeyVerifier } from '../../dist/auth/verifiers/tool-key.verifier.js';
import { BuiltinIssuer } from '../../dist/issuer/builtin-issuer.js';
import { answerQuestions } from '../answer-questions.js';
import { listen, openService } from './open-service.js';

// The service on one database, with the built-in issuer for a user.
const [dataDir, databaseUrl] = process.argv.slice(2);
const service = await openService(dataDir, {
  DATABASE_URL: databaseUrl,
  // One owner issues as many as the machine can.
  MAX_TOOL_KEYS_PER_OWNER: '1000000',
  // Every ended key is rejected as such, however many are tried.
  AUTH_FAILURES_PER_MINUTE: '0',
});
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
  url: await listen(service),
  token: BuiltinIssuer.open(dataDir).tokenFor('ada@example.com', 3600),
});
