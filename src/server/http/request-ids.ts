import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { redact } from '../../support/redact.js';

const plausible = /^[\w.-]{8,64}$/;

/** A new id for each request; the one that was sent is kept where its sender, a proxy, is trusted, unless it looks like a credential. */
export function requestIds(isTrusted: (address: string) => boolean): (request: IncomingMessage) => string {
  return ({ headers, socket }) => {
    const sent = headers['x-request-id'];
    const isKept = typeof sent === 'string' && isPlausible(sent) && isTrusted(socket.remoteAddress ?? '');
    return isKept ? sent : randomUUID();
  };
}

function isPlausible(id: string): boolean {
  return plausible.test(id) && redact(id) === id;
}
