import type { Socket } from 'node:net';

const lingerMs = 5_000;

/**
 * For an answer to a client that is still sending: when the connection is closed after it, what still comes is read and
 * dropped for a while. To close with bytes unread is a reset, which can overtake the answer (RFC 9112 §9.6).
 */
export function lingerAtClose(socket: Socket): void {
  // Node closes a connection after its last answer by this method.
  socket.destroySoon = () => {
    socket.end();
    setTimeout(() => socket.destroy(), lingerMs).unref();
  };
}
