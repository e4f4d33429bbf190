import { redact, redacted } from '../../support/redact.js';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { currentUser } from '../../auth/decision/request-attempts.js';
import { clientAddress } from '../../http/client-address.js';
import { traceparentOf } from '../../http/traceparent.js';
import type { HttpRequest } from '../../http/http-request.js';
import { type AuthenticatedUser, keyIdOf } from '../../principal/authenticated-user.js';
import type { Clock } from '../../support/clock.js';
import type { LogEntry, LogLevel, ServiceLogger } from './service-logger.js';

const outcome = Symbol('gatehouse outcome');

/** Sets the code with which a request was answered, for the request log. */
export function setOutcome(request: object, code: string): void {
  (request as { [outcome]?: string })[outcome] = code;
}

/** The code that was set, if any. */
function outcomeOf(request: object): string | undefined {
  return (request as { [outcome]?: string })[outcome];
}

const mostRead = 2_000;
const mostShown = 300;
const email = /[^/]*(?:@|%(?:25)*40)[^/]*/gi;

/** The path of a URL for the log: without its query, credentials and e-mail addresses, at most 300 characters. */
export function pathForLog(url: string): string {
  const end = url.search(/[?#]/);
  const path = redact((end === -1 ? url : url.slice(0, end)).slice(0, mostRead)).replace(email, redacted);
  return path.length > mostShown ? `${path.slice(0, mostShown)}…` : path;
}

/** Requested by machines every few seconds. */
const probes = /^\/(?:health\/|metrics$)/;

/** Logs one line for each request, once it is answered or aborted. */
export class RequestLog {
  /** `level` is the level of ordinary requests; a 5xx is a warning, probes are `debug`. */
  constructor(
    private readonly logger: ServiceLogger,
    private readonly clock: Clock,
    private readonly level: LogLevel,
  ) {}

  /** Call it when the response has closed; `began` are the ticks at which the request came in. */
  note(request: FastifyRequest, { raw: response }: FastifyReply, began: number): void {
    const status = response.headersSent ? response.statusCode : 0;
    const level = this.levelFor(request.routeOptions.url ?? '', status);
    if (!this.logger.isLevelEnabled(level)) return;
    this.logger.write(
      entryOf(level, request, status, {
        durationMs: Math.round((this.clock.ticks() - began) * 100) / 100,
        outcome: response.writableFinished ? codeOf(request, status) : 'ABORTED',
      }),
    );
  }

  /** Logs bytes that were not a request: the id, status and code of the response, and the address of the peer. */
  noteUnread(requestId: string, status: number, outcome: string, ip: string | undefined): void {
    this.logger.write({
      level: this.level,
      message: 'Request',
      fields: { requestId, status, outcome, ip },
    });
  }

  private levelFor(route: string, status: number): LogLevel {
    if (probes.test(route)) return 'debug';
    return status >= 500 ? 'warn' : this.level;
  }
}

function entryOf(
  level: LogLevel,
  request: FastifyRequest,
  status: number,
  { durationMs, outcome }: { durationMs: number; outcome: string },
): LogEntry {
  const user = currentUser(request as unknown as HttpRequest);
  return {
    level,
    message: 'Request',
    fields: {
      requestId: request.id,
      traceparent: traceparentOf(request.headers.traceparent),
      method: request.method,
      route: request.routeOptions.url,
      path:
        request.raw.url === request.routeOptions.url ? request.raw.url : pathForLog(request.raw.url ?? ''),
      status,
      durationMs,
      outcome,
      ...(user === undefined ? {} : idsOf(user)),
      ip: clientAddress(request) ?? undefined,
    },
  };
}

function codeOf(request: FastifyRequest, status: number): string {
  return outcomeOf(request) ?? (status < 400 ? 'ok' : `HTTP_${status}`);
}

function idsOf({ userId, ownerId, source }: AuthenticatedUser): NonNullable<LogEntry['fields']> {
  return {
    userId: userId ?? undefined,
    ownerId,
    source: source.type,
    keyId: keyIdOf(source),
    taskId: source.type === 'tool_key' ? source.taskId : undefined,
  };
}
