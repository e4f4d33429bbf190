import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import Database from 'better-sqlite3';
import { answerQuestions, usage } from '../answer-questions.js';
import { join } from 'node:path';
import { setUps } from '../rows/better-auth.js';

// One route that asks better-auth to verify the key in X-API-Key; it reports its address and such a key.
const [folder, name] = process.argv.slice(2);
const { pragmas, inMemory, limited } = setUps[name];

const database = new Database(join(folder, `better-auth-${name}.db`));
database.pragma('synchronous = OFF');
const auth = betterAuth({
  baseURL: 'http://127.0.0.1',
  secret: randomBytes(32).toString('base64'),
  database,
  secondaryStorage: inMemory ? storageInMemory() : undefined,
  telemetry: { enabled: false },
  logger: { disabled: true },
  plugins: [
    apiKey({
      storage: inMemory ? 'secondary-storage' : 'database',
      rateLimit: { enabled: limited, timeWindow: 3_600_000, maxRequests: 1_000_000 },
    }),
  ],
});
await (await getMigrations(auth.options)).runMigrations();
const { internalAdapter } = await auth.$context;
const user = await internalAdapter.createUser({ email: 'ada@example.com', name: 'Ada', emailVerified: true });
const { key } = await auth.api.createApiKey({ body: { userId: user.id, name: 'bench' } });

const verify = (key) => auth.api.verifyApiKey({ body: { key } });
// Where each request waits for the disk, the load alone would not warm up the code.
for (let request = 0; request < 2_000; request += 1) await verify(key);
for (const pragma of pragmas) database.pragma(pragma);

const server = createServer(async (request, response) => {
  const { valid } = await verify(request.headers['x-api-key'] ?? '');
  response.writeHead(valid ? 200 : 401, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ ok: valid }));
});
answerQuestions(usage);
server.listen(0, '127.0.0.1', () => {
  process.send({ url: `http://127.0.0.1:${server.address().port}`, key });
});

function storageInMemory() {
  const values = new Map();
  return {
    get: (name) => values.get(name) ?? null,
    set: (name, value) => void values.set(name, value),
    delete: (name) => void values.delete(name),
  };
}
