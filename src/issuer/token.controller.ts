import { Controller, Header, Headers, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { ValidBody } from '../http/valid-parameters.js';
import { ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import { CredentialReader } from '../auth/credentials/credential-reader.js';
import type { HttpRequest } from '../http/http-request.js';
import { AllowBounded, CurrentOrigin, CurrentUser, RequireScopes } from '../auth/decorators.js';
import { KeyOnly, UserOnly } from '../auth/guards.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import { BoundedBodies } from '../http/validation.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import { AuthError } from '../principal/auth-error.js';
import {
  introspectedToken,
  introspectionRequest,
  type IntrospectionRequest,
} from './introspection.schemas.js';
import { TokenIntrospection } from './token-introspection.js';
import { ExchangeError, tokenRoute } from './oauth-error.js';
import {
  clientCredentials,
  exchangedToken,
  grantType,
  type TokenRequest,
  tokenRequest,
} from './exchange.schemas.js';
import { TokenExchange } from './token-exchange.service.js';

@ApiTags('Identity')
@BoundedBodies({ takesForms: true })
@Controller('api/v1/auth')
export class TokenController {
  constructor(
    private readonly tokens: TokenExchange,
    private readonly introspection: TokenIntrospection,
    private readonly reader: CredentialReader,
  ) {}

  @Post('token')
  @HttpCode(200)
  @AllowBounded()
  @UseGuards(KeyOnly)
  @RouteConfig(tokenRoute)
  @ApiOperation({
    summary: 'Exchange the key of the request for a short-lived JWT that another service verifies on its own',
    description:
      'RFC 8693, as a form or as JSON. Errors also carry `error` and `error_description` (RFC 6749 §5.2).',
  })
  @ApiConsumes('application/json', 'application/x-www-form-urlencoded')
  @Answers({ 200: exchangedToken, errors: [...bodyErrors, 'INSUFFICIENT_SCOPE'] })
  @Header('Cache-Control', 'no-store')
  exchange(
    @CurrentUser() user: AuthenticatedUser,
    @ValidBody(tokenRequest) body: TokenRequest,
    @Headers('content-type') mediaType: string | undefined,
    @Req() request: HttpRequest,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    requireGrantType(body, mediaType, user);
    this.requireSameKey(user, body, request);
    return this.tokens.exchange(user, body, origin);
  }

  @Post('introspect')
  @HttpCode(200)
  @UseGuards(UserOnly)
  @RequireScopes('api-keys:verify')
  @RouteConfig(tokenRoute)
  @ApiOperation({
    summary: 'Ask whether a token of the exchange is still good',
    description:
      'RFC 7662, as a form or as JSON. Any but a good token of your owner is `{ "active": false }`.',
  })
  @ApiConsumes('application/json', 'application/x-www-form-urlencoded')
  @Answers({ 200: introspectedToken, errors: bodyErrors })
  @Header('Cache-Control', 'no-store')
  introspect(
    @CurrentUser() user: AuthenticatedUser,
    @ValidBody(introspectionRequest) { token }: IntrospectionRequest,
  ) {
    return this.introspection.introspect(user, token);
  }

  /** Keys count only in headers; a standard client has to repeat the key in the form. */
  private requireSameKey(
    { source }: AuthenticatedUser,
    { subject_token: named }: TokenRequest,
    request: HttpRequest,
  ) {
    if (named === undefined) return;
    const sent = this.reader.read(request).filter(({ kind }) => kind === source.type);
    if (sent.every(({ value }) => value === named)) return;
    throw new ExchangeError(
      'invalid_request',
      'subject_token',
      'must be the key in the header of the request',
    );
  }
}

function requireGrantType(
  { grant_type: grant, subject_token: subjectToken }: TokenRequest,
  mediaType = '',
  { source, userId }: AuthenticatedUser,
): void {
  if (grant === grantType) return;
  if (grant === clientCredentials) {
    if (source.type !== 'api_key' || userId !== null)
      throw new AuthError('FORBIDDEN', { message: 'Only a service key stands for a client.' });
    if (subjectToken !== undefined)
      throw new ExchangeError('invalid_request', 'subject_token', 'belongs to the token exchange');
    return;
  }
  if (grant !== undefined)
    throw new ExchangeError(
      'unsupported_grant_type',
      'grant_type',
      `must be ${grantType} or ${clientCredentials}`,
    );
  if (!mediaType.toLowerCase().startsWith('application/json'))
    throw new ExchangeError('invalid_request', 'grant_type', `must be ${grantType}`);
}
