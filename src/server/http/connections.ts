import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Clock } from '../../principal/clock.js';

const clock = new Clock();

/** Knows the open connections of a server and which of them have a request that runs. Make it before the server listens. */
export class Connections {
  private readonly states = new Map<Socket, { running: number; idleSince: number }>();

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.states.set(socket, { running: 0, idleSince: clock.ticks() });
      socket.once('close', () => this.states.delete(socket));
    });
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.count(socket, 1);
      response.once('close', () => this.count(socket, -1));
    });
  }

  /**
   * Cuts those that have sent nothing, or not all of a request's headers, or whose requests were answered, once that is so
   * for `idleMs`, counted from the ticks `since` at the earliest.
   */
  cutIdle(idleMs: number, since: number): void {
    const latest = clock.ticks() - idleMs;
    for (const [socket, { running, idleSince }] of this.states)
      if (running === 0 && Math.max(idleSince, since) <= latest) socket.destroySoon();
  }

  private count(socket: Socket, change: 1 | -1): void {
    const state = this.states.get(socket);
    if (state === undefined) return;
    state.running += change;
    state.idleSince = clock.ticks();
  }
}
