import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { serviceFlags, startProcess } from './start-process.js';

const reporter = new URL('report.js', import.meta.url).href;

/**
 * Starts what `npm start` runs on this data, with `more` in its environment, on `core` if that is given. Resolves at its
 * first 200 of /health/ready.
 */
export async function startService(dataDir, more = {}, core) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: String(port), DRAIN_SECONDS: '0', ...more };
  const start = performance.now();
  const service = await startProcess('dist/bundle/main.js', {
    flags: [...serviceFlags, '--import', reporter],
    env,
    core,
  });
  while (!(await isReady(url))) await sleep(10);
  return { ...service, url, startMilliseconds: performance.now() - start };
}

async function isReady(url) {
  try {
    return (await fetch(`${url}/health/ready`)).status === 200;
  } catch {
    return false;
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
