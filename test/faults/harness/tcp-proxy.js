import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Stands before a server and behaves as a network does on a bad day. Modes: `pass`; `cut` ends every connection and
 * rejects new ones; `hang` keeps connections, takes new ones, and holds everything back until `pass`, as a network does
 * that repeats lost packets; `{ delay }` hands over every answer so many milliseconds late.
 */
export class TcpProxy {
  #mode = 'pass';
  #server;
  #sockets = new Set();
  #target;

  static async start(target) {
    const proxy = new TcpProxy();
    proxy.#target = target;
    proxy.#server = createServer({ allowHalfOpen: true }, (client) => proxy.#join(client));
    await proxy.#listen(0);
    return proxy;
  }

  port = 0;

  /** New connections go there; those that are open stay where they are. */
  leadTo(target) {
    this.#target = target;
  }

  async set(mode) {
    const before = this.#mode;
    this.#mode = mode;
    if (mode === 'cut') {
      this.#server.close();
      for (const socket of this.#sockets) socket.resetAndDestroy();
      return;
    }
    if (before === 'cut') await this.#listen(this.port);
    for (const socket of this.#sockets) this.#setFlow(socket);
  }

  async #listen(port) {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = this.#server.address().port;
    this.#server.unref();
  }

  #join(client) {
    const upstream = connect({ ...this.#target, allowHalfOpen: true });
    this.#forward(client, upstream, false);
    this.#forward(upstream, client, true);
  }

  #forward(from, to, isAnswer) {
    this.#sockets.add(from);
    const later = (act) => {
      const { delay } = this.#mode;
      if (isAnswer && delay !== undefined) setTimeout(act, delay);
      else act();
    };
    from.on('data', (data) => later(() => to.writable && to.write(data)));
    from.on('end', () => later(() => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      if (!from.readableEnded) to.destroy();
    });
    this.#setFlow(from);
  }

  #setFlow(socket) {
    if (this.#mode === 'hang') socket.pause();
    else socket.resume();
  }
}
