import { connect, createServer, type Socket } from 'node:net';
import { freePort } from './free-port.js';

/** Stands between the code and PostgreSQL, and can behave as a network does on a bad day. */
export interface PostgresProxy {
  /** The database of `url`, reached through the proxy. */
  readonly url: string;
  /** New connections lead to the server of this URL; those that are open stay where they are. */
  leadTo(url: string): void;
  /** Ends every connection and rejects new ones. */
  cut(): Promise<void>;
  /** Keeps connections open and takes new ones, and lets nothing through. */
  hang(): void;
  /** Answers whatever is said, on old connections and new ones, with these bytes. */
  lie(answer: Buffer): void;
  /** Everything is well again. What was held up by `hang` stays lost. */
  restore(): Promise<void>;
  /** How many clients are connected. */
  connections(): number;
  close(): Promise<void>;
}

export async function startPostgresProxy(url: string): Promise<PostgresProxy> {
  let target = new URL(url);
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  let isHanging = false;
  let lie: Buffer | undefined;
  const port = await freePort();

  const server = createServer((client) => {
    track(client);
    clients.add(client.on('close', () => clients.delete(client)));
    // Read, so that its end is noticed.
    if (isHanging) return void client.resume();
    const upstream = connect(Number(target.port || 5432), target.hostname);
    track(upstream);
    // Not at once: to a question, a client replies, and gets the question again.
    forward(client, upstream, (answer) => setTimeout(() => client.write(answer), 1));
    forward(upstream, client, () => undefined);
  });

  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const forward = (from: Socket, to: Socket, deceive: (answer: Buffer) => unknown) => {
    const pass = (data: Buffer) => {
      if (isHanging) return;
      if (lie === undefined) to.write(data);
      else deceive(lie);
    };
    from.on('data', pass).on('close', () => to.destroy());
  };
  const listen = () =>
    new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
  const cut = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };

  await listen();
  const proxied = new URL(url);
  proxied.host = `127.0.0.1:${port}`;
  return {
    url: proxied.href,
    leadTo: (other) => void (target = new URL(other)),
    cut,
    hang: () => void (isHanging = true),
    lie: (answer) => void (lie = answer),
    restore: async () => {
      isHanging = false;
      lie = undefined;
      if (!server.listening) await listen();
    },
    connections: () => clients.size,
    close: async () => {
      if (server.listening) await cut();
    },
  };
}
