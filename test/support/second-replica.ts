import { Clock } from '../../src/support/clock.js';
import { createServer } from '../../src/server/create-server.js';
import { ServerModule } from '../../src/server/server.module.js';
import type { Answer, Gatehouse, Sent } from './gatehouse.js';
import { ownClockModule } from './own-clock-module.js';

/** A second service on the database of the first, as another process would be, with the clock of the first. */
export async function startReplica(first: Gatehouse): Promise<Gatehouse> {
  const silent = { log() {}, warn() {}, error() {}, debug() {}, verbose() {}, fatal() {} };
  const imports = [ownClockModule(first.app.get(Clock)), ServerModule.register(first.configuration)];
  const app = await createServer(first.configuration, {
    logger: silent,
    root: { module: class ReplicaRoot {}, imports },
  });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  return {
    ...first,
    app,
    send: (method, path, sent) => send(`http://127.0.0.1:${port}${path}`, method, sent),
    close: () => app.close(),
  };
}

async function send(url: string, method: string, { headers = {}, body }: Sent = {}): Promise<Answer> {
  const all = new Headers(headers as Record<string, string>);
  if (body !== undefined) all.set('content-type', 'application/json');
  const response = await fetch(url, {
    method,
    headers: all,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text,
    body: text.startsWith('{') ? JSON.parse(text) : undefined,
  };
}
