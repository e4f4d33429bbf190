import { isInNetworks } from '../../principal/networks.js';
import type { Configuration } from '../configuration/configuration.js';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { redact } from '../../support/redact.js';

/**
 * Returns whether the proxy at `address`, `hop` hops away (the peer is 0), is trusted to report the client's address
 * and the request id (`X-Forwarded-For`, `X-Request-Id`).
 */
export function trustFunction(
  trustProxy: Configuration['trustProxy'],
): (address: string, hop?: number) => boolean {
  if (typeof trustProxy === 'boolean') return () => trustProxy;
  if (typeof trustProxy === 'number') return (_address, hop = 0) => hop < trustProxy;
  const networks = trustProxy.split(',').map((network) => network.trim());
  return (address) => isInNetworks(address, networks);
}

const plausible = /^[\w.-]{8,64}$/;

/** Makes the id of each request. An id sent by a trusted proxy is kept, unless it looks like a credential. */
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
