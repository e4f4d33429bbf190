import type { ArgumentsHost } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';

/** The fields read from a request of Fastify or Express. */
export interface HttpRequest {
  readonly headers: IncomingHttpHeaders;
  /** The names and values as received; Fastify keeps them on `raw`. */
  readonly rawHeaders?: readonly string[];
  /** The request of Node behind one of Fastify. */
  readonly raw?: Pick<HttpRequest, 'rawHeaders' | 'upgrade'>;
  /** Set by Node: the request opens a socket. */
  readonly upgrade?: boolean | null;
  readonly ip?: string;
  /** Of a request that no framework has prepared: its peer is the client. */
  readonly socket?: { readonly remoteAddress?: string; readonly server?: unknown };
  readonly method?: string;
  /** The path and the query string. */
  readonly url?: string;
  /** The route of Fastify, with the configuration of `@RouteConfig`. */
  readonly routeOptions?: { readonly config?: { readonly takesBasic?: boolean } };
  /** With its port, as the client has it where the framework trusts the proxy. */
  readonly host?: string;
  id?: unknown;
  user?: AuthenticatedUser;
}

/** The request of an HTTP handler; Nest's `switchToHttp` would make three functions and an object for it. */
export function requestOf<T = HttpRequest>(host: ArgumentsHost): T {
  return host.getArgByIndex<T>(0);
}

/** The response of an HTTP handler. */
export function responseOf<T = HttpResponse>(host: ArgumentsHost): T {
  return host.getArgByIndex<T>(1);
}

const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** True for a method that may change something (RFC 9110 §9.2.1). */
export function isUnsafe(method: string | undefined): boolean {
  return !safeMethods.includes(method ?? '');
}

/** The method called on a response of Fastify or Express. */
export interface HttpResponse {
  header(name: string, value: string): unknown;
}
