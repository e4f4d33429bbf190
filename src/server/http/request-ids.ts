import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const plausible = /^[\w.-]{8,64}$/;

/** A new id for each request; the one that a proxy sent is kept where proxies are trusted. */
export function requestIds(trustProxy: boolean | number | string): (request: IncomingMessage) => string {
  if (trustProxy === false) return () => randomUUID();
  return ({ headers }) => {
    const sent = headers['x-request-id'];
    return typeof sent === 'string' && plausible.test(sent) ? sent : randomUUID();
  };
}
