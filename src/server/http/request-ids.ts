import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const plausible = /^[\w.-]{8,64}$/;

/** A new id for each request; the one that was sent is kept where its sender, a proxy, is trusted. */
export function requestIds(isTrusted: (address: string) => boolean): (request: IncomingMessage) => string {
  return ({ headers, socket }) => {
    const sent = headers['x-request-id'];
    const isKept = typeof sent === 'string' && plausible.test(sent) && isTrusted(socket.remoteAddress ?? '');
    return isKept ? sent : randomUUID();
  };
}
