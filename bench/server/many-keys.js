import { hashOfKey } from '../../dist/key-store/key-mint.js';
import { KeyCache } from '../../dist/key-store/key-cache.js';
import { keyOf } from '../many-keys/keys.js';
import { answerQuestions } from '../answer-questions.js';
import { listen, openService, verifyAll } from './open-service.js';

// The service twice in one process, on a small and on a large database of the same kind.
const [dataDir, smallUrl, largeUrl] = process.argv.slice(2);
const open = (url) => openService(dataDir, { DATABASE_URL: url, BUILTIN_ISSUER: 'false' });
const services = { small: await open(smallUrl), large: await open(largeUrl) };

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
process.send(await listen(services.large));
