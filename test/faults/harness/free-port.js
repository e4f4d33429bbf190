import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that a system gives to whoever asks for any; Linux begins at 32768. */
const [first, count] = [20_000, 10_000];

/** A port on which nobody listens, and that nobody gets by chance who asks for any port: it may be taken more than once. */
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
