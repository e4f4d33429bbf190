import { type ArgumentsHost, Catch, HttpException, Logger } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AuthErrorFilter } from '../../auth/http/auth-error.filter.js';
import { AuthError } from '../../principal/auth-error.js';
import type { ErrorCode } from '../../principal/error-codes.js';
import { lingerAtClose } from './linger-at-close.js';
import { validationFailed } from './validation-failed.js';

const codeOfStatus: Partial<Record<number, ErrorCode>> = {
  404: 'NOT_FOUND',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

/** Answers every error in the one shape. What is not ours is logged, and nothing of it is sent. */
@Catch()
export class ErrorFilter extends AuthErrorFilter {
  private readonly logger = new Logger('Gatehouse');

  override catch(error: unknown, host: ArgumentsHost): void {
    const answer = error instanceof AuthError ? error : this.translate(error);
    const { raw } = host.switchToHttp().getRequest<FastifyRequest>();
    // A body that is refused unread, such as one that is too large.
    if (!raw.complete) lingerAtClose(raw.socket);
    super.catch(answer, host);
  }

  private translate(error: unknown): AuthError {
    const status = statusOf(error);
    const code = codeOfStatus[status];
    if (code !== undefined) return new AuthError(code);
    if (status === 400)
      return validationFailed([{ path: ['body'], message: 'The request body is not valid JSON.' }]);
    this.logger.error(error instanceof Error ? error.stack : String(error));
    return new AuthError('INTERNAL_ERROR', { cause: error });
  }
}

/** Nest's exceptions and Fastify's errors each have a status of their own; anything else is a fault. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : 500;
}
