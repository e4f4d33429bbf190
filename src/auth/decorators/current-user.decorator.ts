import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { currentUser } from '../authentication.js';
import type { HttpRequest } from '../../http/http-request.js';

/** The `AuthenticatedUser` that a guard of ours let in; `undefined` for nobody under `MaybeAuthenticated`. */
export const CurrentUser = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  currentUser(context.switchToHttp().getRequest<HttpRequest>()),
);
