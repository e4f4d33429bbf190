import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { HttpRequest } from '../http/http-request.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import type { Role, Scope } from '../principal/scopes.js';
import { admitAll } from './decision/attempt.js';
import { DecisionService } from './decision/decision.service.js';
import { noRules } from './route-rules.js';
import { bearerOf, isRequest, RequestView } from './transports/request-view.js';
import { keepHandshake } from './transports/socket-messages.js';

/** What a caller needs; the same as the decorators of a route say. */
export interface CallerRequirements {
  readonly scopes?: readonly Scope[];
  readonly role?: Role;
  /** A bounded token needs no scope. */
  readonly allowBounded?: boolean;
  /** The call uses up none of the calls that a tool key was given. */
  readonly unmetered?: boolean;
}

/** Where a credential comes from. */
export interface CredentialOrigin extends CallerRequirements {
  /** The address of the client, against which bad credentials count; keys with networks are valid from there only. */
  readonly ip?: string;
  readonly userAgent?: string;
}

/** How a socket was opened. */
export interface SocketHandshake extends CallerRequirements {
  /** The request that opened a socket of ws; one of socket.io knows its own. */
  readonly request?: { readonly headers: IncomingHttpHeaders };
  /** What the client sent beside it, with names of headers or as `token`; for socket.io, its `auth`. */
  readonly fields?: unknown;
  /** The address of the client; by default it is found as for HTTP requests, by the application's setting for proxies. */
  readonly ip?: string;
}

/** Decides where Nest runs no guards, as `Authenticated` does on a route: the same checks, limits and records. */
@Injectable()
export class Gatehouse {
  /** @internal Nest creates it. */
  constructor(private readonly decision: DecisionService) {}

  /**
   * The caller that sends a request of Express, Fastify or Node. Counts once for each request, also beside guards. Rejects
   * with an `AuthError`.
   */
  async authenticate(
    request: { readonly headers: IncomingHttpHeaders },
    { scopes = [], role, allowBounded = false, unmetered = false }: CallerRequirements = {},
  ): Promise<AuthenticatedUser> {
    const roles = role === undefined ? [] : [role];
    const rules = { ...noRules, scopes, roles, allowsBounded: allowBounded, isUnmetered: unmetered };
    const { handshakes } = this.decision;
    const attempt = await this.decision.identify(handshakes.eachTime(request));
    await this.decision.admit(attempt, { guard: admitAll, rules, isDeciding: true, response: undefined });
    if (attempt.user === undefined) throw new AuthError('INTERNAL_ERROR');
    return attempt.user;
  }

  /** The caller that a JWT, API key or tool key stands for, wherever it comes from. Each call counts. */
  async verify(credential: string, origin: CredentialOrigin = {}): Promise<AuthenticatedUser> {
    const { ip, userAgent, ...requirements } = origin;
    const headers = { authorization: bearerOf(credential), 'user-agent': userAgent };
    return this.authenticate({ headers, ip, method: 'MESSAGE' } as HttpRequest, requirements);
  }

  /**
   * The caller that opens a socket of socket.io or ws; guards then decide each of its messages by the credential of this
   * request. Never reads a query string. Rejects with an `AuthError`: close the socket.
   */
  async authenticateSocket(client: object, handshake: SocketHandshake = {}): Promise<AuthenticatedUser> {
    const { request, fields, ip, ...requirements } = handshake;
    const { handshakes } = this.decision;
    const opened = request === undefined ? handshakes.ofSocket(client) : handshakes.view(request, fields);
    if (opened === undefined || !isRequest(opened))
      throw new Error('This socket does not say which request opened it: pass { request }.');
    const known = ip === undefined ? opened : new RequestView(opened, { ip });
    // Before the first message is handled, however long this takes.
    keepHandshake(client, known);
    return this.authenticate(new RequestView(known), { allowBounded: true, ...requirements });
  }
}
