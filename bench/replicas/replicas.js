import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BuiltinIssuer } from '../../dist/issuer/builtin-issuer.js';
import { startService } from '../start-service.js';

/** So many replicas of the built service on one database, a user and an admin of it. `env` goes to each. */
export async function startReplicas(count, database, folder, env = {}) {
  const dataDir = await mkdtemp(join(folder, 'replicas-'));
  const services = [];
  for (let index = 0; index < count; index += 1)
    services.push(
      await startService(dataDir, {
        DATABASE_URL: database.url,
        REPLICA_NAME: `replica-${index}`,
        AUTH_FAILURES_PER_MINUTE: '0',
        LOG_LEVEL: 'error',
        ...env,
      }),
    );
  const issuer = BuiltinIssuer.open(dataDir);
  return {
    services,
    urls: services.map(({ url }) => url),
    adminKey: (await readFile(join(dataDir, 'admin-key'), 'utf8')).trim(),
    newToken: (email = 'ada@example.com') => issuer.tokenFor(email, 3_600),
    stop: () => Promise.all(services.map((service) => service.stop())),
  };
}
