import type { IncomingHttpHeaders } from 'node:http';
import { normalizeAddress } from '../principal/networks.js';
import type { HttpRequest } from './http-request.js';

/** The normalized address of the client; `null` if it is unknown, or if a proxy forwarded something else. */
export function clientAddress({ ip, socket }: Pick<HttpRequest, 'ip' | 'socket'>): string | null {
  return normalizeAddress(ip ?? socket?.remoteAddress);
}

/** What is used of the adapter of Express or Fastify. */
export interface ProxyRule {
  getType(): string;
  getInstance(): unknown;
}

/**
 * The address that the framework would find for a request of `peer`, by its setting for proxies: for requests that it does not
 * prepare, as those that open sockets. `undefined` where the framework does not tell.
 */
export function addressBehindProxies(
  adapter: ProxyRule,
  peer: string,
  headers: IncomingHttpHeaders,
): string | undefined {
  const prototype = requestPrototypeOf(adapter);
  if (prototype === undefined) return undefined;
  const received = { headers, socket: { remoteAddress: peer } };
  const request: unknown = Object.create(prototype, {
    ...Object.getOwnPropertyDescriptors(received),
    raw: { value: received },
  });
  return (request as HttpRequest).ip;
}

/** Its getter `ip` knows the setting. */
function requestPrototypeOf(adapter: ProxyRule): object | undefined {
  const instance = adapter.getInstance() as Record<PropertyKey, unknown>;
  if (adapter.getType() === 'express') return objectOf(instance.request);
  const kept = Object.getOwnPropertySymbols(instance).find((one) => one.description === 'fastify.Request');
  if (kept === undefined) return undefined;
  return objectOf((instance[kept] as { readonly prototype?: unknown } | undefined)?.prototype);
}

function objectOf(value: unknown): object | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}
