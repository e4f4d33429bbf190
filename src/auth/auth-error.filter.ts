import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, Optional } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AuthError } from '../principal/auth-error.js';
import { authModuleOptions } from './auth.module-definition.js';
import type { AuthModuleOptions } from './auth.options.js';
import { requestOf, responseOf } from '../http/http-request.js';
import { requestOriginOf } from './credentials/request-origin-of.js';
import { type CustomCredential, customCredentials } from './custom/custom-credential.js';
import { challengeOf, type FurtherSchemes } from '../http/response-headers.js';

/** Answers an `AuthError`: `{ code, message, requestId, details? }`, `WWW-Authenticate` and `Retry-After`. */
@Catch(AuthError)
export class AuthErrorFilter implements ExceptionFilter<AuthError> {
  private readonly schemes: FurtherSchemes;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    @Optional() @Inject(customCredentials) credentials: readonly CustomCredential[] = [],
    @Optional() @Inject(authModuleOptions) { basicAuth }: AuthModuleOptions = {},
  ) {
    const schemes = credentials.flatMap(({ place: { scheme } }) => scheme ?? []);
    this.schemes = { basic: basicAuth, schemes };
  }

  catch(error: AuthError, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const { httpAdapter } = this.adapterHost;
    const response: unknown = responseOf<unknown>(host);
    const { requestId } = requestOriginOf(requestOf(host));
    const challenge = challengeOf(error, this.schemesFor(host));
    httpAdapter.setHeader(response, 'X-Request-Id', requestId ?? '');
    if (challenge !== undefined) httpAdapter.setHeader(response, 'WWW-Authenticate', challenge);
    if (error.retryAfterSeconds !== undefined) {
      httpAdapter.setHeader(response, 'Retry-After', String(Math.ceil(error.retryAfterSeconds)));
    }
    const { code, message, details, ...fields } = error.getResponse() as {
      code: string;
      message: string;
      details?: unknown;
    };
    httpAdapter.reply(
      response,
      { code, message, requestId, details, ...fields, ...this.furtherFields(error, host) },
      error.getStatus(),
    );
  }

  /** What a 401 there asks for beside a Bearer token. */
  protected schemesFor(_host: ArgumentsHost): FurtherSchemes {
    return this.schemes;
  }

  /** What some routes say beside what all say. */
  protected furtherFields(_error: AuthError, _host: ArgumentsHost): object {
    return {};
  }
}
