import { type ArgumentsHost, Catch, HttpException, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AuthErrorFilter } from '../../auth/auth-error.filter.js';
import type { FurtherSchemes } from '../../http/response-headers.js';
import { AuthError, type ErrorCode } from '../../principal/auth-error.js';
import { causeOf } from '../../support/errors.js';
import { Clock } from '../../support/clock.js';
import { ThrottledLog } from '../../support/throttle.js';
import { isTokenRoute, oauthDescriptionOf, oauthErrorOf } from '../../issuer/oauth-error.js';
import { forwardAuthPath } from '../forward-auth/forward-auth-requests.js';
import { requestOf } from '../../http/http-request.js';
import { drainBeforeClose } from './connection.js';
import { validationFailed } from '../../http/validation.js';
import { setOutcome } from '../logs/request-log.js';

const codeOfStatus: Partial<Record<number, ErrorCode>> = {
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'NOT_FOUND',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

/** Answers every error in the same shape. A 5xx is logged, each cause at most once a minute; its cause is never sent. */
@Catch()
export class ErrorFilter extends AuthErrorFilter {
  private readonly logger = new Logger('Gatehouse');
  private readonly log: ThrottledLog;

  constructor(
    adapterHost: HttpAdapterHost,
    clock: Clock,
    private readonly basicAuth = false,
  ) {
    super(adapterHost);
    this.log = new ThrottledLog(clock);
  }

  override catch(error: unknown, host: ArgumentsHost): void {
    const answer = error instanceof AuthError ? error : translate(error);
    const request = requestOf<FastifyRequest>(host);
    setOutcome(request, answer.code);
    if (answer.getStatus() >= 500 && answer.code !== 'SHUTTING_DOWN') this.note(answer, request);
    // A body that was rejected unread, for example because it is too large.
    if (!request.raw.complete) drainBeforeClose(request.raw.socket);
    super.catch(answer, host);
  }

  /** On other routes, a browser with the API documentation would prompt for a password. */
  protected override schemesFor(host: ArgumentsHost): FurtherSchemes {
    const { routeOptions } = requestOf<FastifyRequest>(host);
    return { basic: this.basicAuth && routeOptions.url === forwardAuthPath };
  }

  /** Standard OAuth clients read only these two fields (RFC 6749 §5.2). */
  protected override furtherFields(error: AuthError, host: ArgumentsHost): object {
    if (!isTokenRoute(requestOf<FastifyRequest>(host))) return {};
    return { error: oauthErrorOf(error), error_description: oauthDescriptionOf(error) };
  }

  private note({ code, cause }: AuthError, { id, method, routeOptions }: FastifyRequest): void {
    const where = `${method} ${routeOptions.url ?? '(no route)'}`;
    const why = cause === undefined ? 'no cause was given' : causeOf(cause);
    const stack = code === 'INTERNAL_ERROR' && cause instanceof Error ? cause.stack : undefined;
    this.log.note(`${code} ${where} ${why}`, (more) =>
      this.logger.error(`${code} at ${where}, request ${String(id)}: ${why}${more}`, stack),
    );
  }
}

function translate(error: unknown): AuthError {
  const status = statusOf(error);
  const code = codeOfStatus[status];
  if (code !== undefined) return new AuthError(code);
  if (status >= 400 && status < 500) {
    const body = { path: ['body'], message: 'The request body is not valid JSON.' };
    return validationFailed([
      status === 400 ? body : { path: ['headers'], message: 'These headers cannot be satisfied.' },
    ]);
  }
  return new AuthError('INTERNAL_ERROR', { cause: error });
}

/** Nest's exceptions and Fastify's errors have a status; any other error is a 500. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode, code } = (error ?? {}) as { statusCode?: unknown; code?: unknown };
  if (code === 'ENAMETOOLONG') return 404;
  return typeof statusCode === 'number' ? statusCode : 500;
}
