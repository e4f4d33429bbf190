import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that a system assigns for port 0; Linux begins at 32768. */
const [first, count] = [20_000, 10_000];

/** A free port that the system never assigns for port 0, so it can be reused. */
export async function freePort() {
  for (;;) {
    const port = first + Math.floor(Math.random() * count);
    if (await canListen(port)) return port;
  }
}

async function canListen(port) {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
