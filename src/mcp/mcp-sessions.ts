import type { OutgoingHttpHeader } from 'node:http';
import { Injectable } from '@nestjs/common';
import { isObject } from '../auth/transports/request-view.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { boundedLru } from '../support/lru.js';

const sessionHeader = 'mcp-session-id';
const mostSessions = 100_000;

/** The response of Node in which a server starts a session. */
export interface StartingResponse {
  writeHead(status: number, ...rest: readonly unknown[]): unknown;
  getHeader(name: string): OutgoingHttpHeader | undefined;
}

/**
 * The sessions of a stateful server, each with the caller that started it. Its id is no credential: any other caller that sends it gets 404,
 * as for one that there is not. A client then starts another (MCP, Streamable HTTP: Session Management).
 */
@Injectable()
export class McpSessions {
  private readonly callers = boundedLru<string, string>(mostSessions);

  /** The rejection of a request that names a session which its caller has not started. */
  rejectionOf(user: AuthenticatedUser, sessionId: unknown): AuthError | undefined {
    if (sessionId === undefined) return undefined;
    const isOwn = typeof sessionId === 'string' && this.callers.get(sessionId) === callerOf(user);
    return isOwn ? undefined : unknownSession;
  }

  /** Keeps the session that the response to an `initialize` starts, before the client can know of it. */
  keepStarted(user: AuthenticatedUser, response: StartingResponse): void {
    const writeHead = response.writeHead.bind(response);
    response.writeHead = (status, ...rest) => {
      const written = writeHead(status, ...rest);
      const sessionId = idIn(rest.at(-1)) ?? response.getHeader(sessionHeader);
      if (typeof sessionId === 'string' && sessionId !== '') this.callers.set(sessionId, callerOf(user));
      return written;
    };
  }
}

/** The caller as a text. Not the credential itself: tokens are renewed within a session. */
export function callerOf(user: AuthenticatedUser): string {
  let text = callerTexts.get(user);
  if (text === undefined) {
    const { ownerId, source, actorChain } = user;
    callerTexts.set(user, (text = JSON.stringify([ownerId, source.type, actorChain])));
  }
  return text;
}

/** Requests with the same credential share their user. */
const callerTexts = new WeakMap<AuthenticatedUser, string>();

/** In headers as `writeHead` takes them: by name, or names and values in turn. */
function idIn(headers: unknown): unknown {
  if (!isObject(headers)) return undefined;
  const entries = Array.isArray(headers)
    ? headers.map((name, index): [unknown, unknown] => [name, headers[index + 1]])
    : Object.entries(headers);
  return entries.find(([name]) => String(name).toLowerCase() === sessionHeader)?.[1];
}

const unknownSession = new AuthError('NOT_FOUND', {
  message: 'There is no such session.',
  fields: { error: { code: -32_001, message: 'Session not found' } },
});
