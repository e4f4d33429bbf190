import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { HttpRequest } from '../../http/http-request.js';
import { requestOriginOf } from '../credentials/request-origin-of.js';

/** The `RequestOrigin`: address, user agent and request id, for the audit trail. */
export const CurrentOrigin = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  requestOriginOf(context.switchToHttp().getRequest<HttpRequest>()),
);
