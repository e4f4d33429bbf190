import { ApiKeyVerifier } from '../../dist/auth/verifiers/api-key.verifier.js';
import { KeyCache } from '../../dist/key-store/key-cache.js';
import { keyOf } from '../many-keys/keys.js';
import { answerQuestions } from '../answer-questions.js';
import { openService, verifyAll } from './open-service.js';

// Run with --expose-gc.
const [dataDir, url, count] = process.argv.slice(2);
const service = await openService(dataDir, { DATABASE_URL: url, BUILTIN_ISSUER: 'false' });
const keys = (from, length) => Array.from({ length }, (_, at) => keyOf(from + at));

answerQuestions({
  /** What the heap holds more of once so many keys are cached, in bytes. */
  async bytes() {
    await verifyAll(service, keys(Number(count), 1_000));
    service.get(KeyCache, { strict: false }).clear();
    const before = await heapBytes();
    await verifyAll(service, keys(0, Number(count)));
    const after = await heapBytes();
    const verifier = service.get(ApiKeyVerifier, { strict: false });
    const forgotten = keys(0, Number(count)).filter((key) => verifier.getCached(key, {}) === undefined);
    if (forgotten.length > 0) throw new Error(`${forgotten.length} of the keys were not cached`);
    return after - before;
  },
});
process.send('ready');

async function heapBytes() {
  // What waits for a turn of the event loop is not yet garbage in the first of them.
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    globalThis.gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
