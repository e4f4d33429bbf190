import { startProcess } from '../start-process.js';

/** As many as the service remembers at most. */
const count = 100_000;

/** The bytes that it takes to remember a key, where 100,000 of this database are remembered. */
export async function measureRemembered(dataDir, { url }) {
  const args = [dataDir, url, String(count)];
  const server = await startProcess('bench/server/remember-keys.js', { args, flags: ['--expose-gc'] });
  const bytes = await server.ask('bytes');
  await server.stop();
  return { bytes: bytes / count, count };
}
