import { hashOfKey } from '../../dist/key-store/key-mint.js';
import { KeyCache } from '../../dist/key-store/key-cache.js';
import { keyOf } from '../many-keys/keys.js';
import { answerQuestions } from './answer-questions.js';
import { openService, verifyAll } from './open-service.js';

// The service twice in one process, on a small and on a large database of the same kind.
const [dataDir, smallUrl, largeUrl] = process.argv.slice(2);
const services = { small: await openService(dataDir, smallUrl), large: await openService(dataDir, largeUrl) };
await services.large.listen({ port: 0, host: '127.0.0.1' });

answerQuestions({
  /** Microseconds for each of these keys, none of which is cached. */
  async lookups({ size, numbers }) {
    const service = services[size];
    const keys = numbers.map(keyOf);
    const known = service.get(KeyCache, { strict: false });
    known.clear();
    if (keys.some((key) => known.apiKeys.get(hashOfKey(key)) !== undefined))
      throw new Error('A key that should be looked up is cached');
    const start = performance.now();
    await verifyAll(service, keys);
    return ((performance.now() - start) / keys.length) * 1000;
  },
});
process.send(`http://127.0.0.1:${services.large.getHttpServer().address().port}`);
