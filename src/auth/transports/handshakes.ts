import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { addressBehindProxies } from '../../http/client-address.js';
import type { HttpRequest } from '../../http/http-request.js';
import { CredentialReader } from '../credentials/credential-reader.js';
import { OwnerChoice } from '../owners/owner-choice.js';
import { bearerOf, isObject, isRequest, rawHeadersOf, RequestView } from './request-view.js';

type Headers = HttpRequest['headers'];

/** A request, or what socket.io keeps of one: the address of its peer, and what the client sent beside it. */
export type Opening = HttpRequest & {
  readonly address?: unknown;
  readonly auth?: unknown;
  /** Set by engine.io. */
  readonly _query?: unknown;
};

/** Where clients without headers of their own, such as browsers, put a credential: `token` is that of a Bearer. */
const bearerField = 'token';
const mostFields = 32;

/** Reads the requests that open sockets, by the settings of the application. */
@Injectable()
export class Handshakes {
  constructor(
    private readonly reader: CredentialReader,
    private readonly owners: OwnerChoice,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** The request that opened a socket, as far as the socket knows it: that of socket.io does. */
  ofSocket(client: object): HttpRequest | undefined {
    const { handshake, request } = client as { readonly handshake?: unknown; readonly request?: unknown };
    if (!isObject(handshake) || !isRequest(handshake)) return undefined;
    const { auth, address }: Opening = handshake;
    const opened: Opening = isRequest(request) ? request : handshake;
    // After polling, the connection of the first request may be closed.
    return this.view(
      opened,
      auth,
      this.addressOf(opened) ?? this.addressOf({ headers: opened.headers, address }),
    );
  }

  /**
   * The request that opened a socket, with the credentials of `fields`, which the client sent beside it. Only credentials and
   * what goes with them count. One that repeats a header, or is not a string, is a bad credential. What is sent through a socket may
   * change something, and is no request that a browser sends by itself.
   */
  view(request: HttpRequest, fields: unknown, ip = this.addressOf(request)): HttpRequest {
    const raw = rawHeadersOf(request);
    const sent =
      raw === undefined ? undefined : new Set(raw.filter((_, index) => index % 2 === 0).map(lower));
    const headers: Headers = {};
    const rawHeaders = [...(raw ?? [])];
    const added: (readonly [string, unknown])[] = [];
    // Mercurius writes what the client sent later among the headers.
    for (const entry of Object.entries(request.headers)) {
      if (sent === undefined || sent.has(entry[0])) headers[entry[0]] = entry[1];
      else added.push(entry);
    }
    added.push(...fieldsOf(fields));
    const names = this.fieldNames;
    for (const [field, value] of added) {
      const isBearer = field === bearerField;
      const name = isBearer ? 'authorization' : field.toLowerCase();
      if (!names.includes(name) || value === undefined || value === null) continue;
      const isSingle = headers[name] === undefined && typeof value === 'string';
      const text = isBearer ? bearerOf(value) : value;
      Object.assign(headers, { [name]: isSingle ? text : ['', ''] });
    }
    return new RequestView(request, { headers, rawHeaders, method: 'MESSAGE', ip });
  }

  /** What opened a socket stands for each of its messages, which are decided one by one; any other request is decided once. */
  eachTime(request: HttpRequest): HttpRequest {
    return opensSocket(request) ? new RequestView(request, { ip: this.addressOf(request) }) : request;
  }

  /** The address of the client, found as for the HTTP requests of the application. */
  private addressOf({ ip, socket, address, headers }: Opening): string | undefined {
    const peer = socket?.remoteAddress ?? (typeof address === 'string' ? address : undefined);
    if (ip !== undefined || peer === undefined) return ip;
    const { httpAdapter } = this.adapterHost as Partial<HttpAdapterHost>;
    return httpAdapter == null ? peer : addressBehindProxies(httpAdapter, peer, headers);
  }

  /** The headers that a client can also send as fields. */
  private get fieldNames(): readonly string[] {
    return [...this.reader.headers, this.owners.header, 'x-agent-context'];
  }
}

/** True for the request behind a socket: an upgrade, what socket.io keeps of it, or the polling that socket.io begins with. */
export function opensSocket(request: Opening): boolean {
  const { headers, method, _query } = request;
  const { upgrade } = request.raw ?? request;
  return (upgrade ?? headers.upgrade !== undefined) || method === undefined || _query !== undefined;
}

function fieldsOf(fields: unknown): [string, unknown][] {
  return isObject(fields) ? Object.entries(fields).slice(0, mostFields) : [];
}

function lower(text: string): string {
  return text.toLowerCase();
}
