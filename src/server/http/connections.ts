import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Knows the open connections of a server and which of them have a request that runs. Make it before the server listens. */
export class Connections {
  private readonly running = new Map<Socket, number>();

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.running.set(socket, 0);
      socket.once('close', () => this.running.delete(socket));
    });
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.count(socket, 1);
      response.once('close', () => this.count(socket, -1));
    });
  }

  /** Cuts those that have sent nothing, or not all of a request's headers, or whose requests were answered. */
  cutIdle(): void {
    for (const [socket, requests] of this.running) if (requests === 0) socket.destroySoon();
  }

  private count(socket: Socket, change: 1 | -1): void {
    const requests = this.running.get(socket);
    if (requests !== undefined) this.running.set(socket, requests + change);
  }
}
