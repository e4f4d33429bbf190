import { Controller, Get, HttpCode, Injectable, Res, UseGuards } from '@nestjs/common';
import { Authenticated } from '../../auth/guards.js';
import type { RouteRules } from '../../auth/route-rules.js';
import type { HttpRequest } from '../../http/http-request.js';
import { requestedScopes } from './forward-auth-requests.js';
import { ApiNoContentResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { CurrentUser } from '../../auth/decorators.js';
import { Answers } from '../../http/answers.decorator.js';
import { type AuthenticatedUser, keyIdOf } from '../../principal/authenticated-user.js';

/**
 * Admits any valid credential that holds the scopes in the URL. Set globally it is `Authenticated` for the other routes,
 * and rejects an invalid URL before it checks the credential, so that a misconfigured proxy is noticed.
 */
@Injectable()
export class CheckScopes extends Authenticated {
  override rulesFor(rules: RouteRules, { url = '' }: HttpRequest): RouteRules {
    if (!rules.guards.includes(CheckScopes)) return rules;
    return { ...rules, scopes: [...rules.scopes, ...requestedScopes(url)] };
  }
}

interface Reply {
  header(name: string, value: string): unknown;
}

@ApiTags('Identity')
@UseGuards(CheckScopes)
@Controller('api/v1/auth/check')
export class ForwardAuthController {
  /** For nginx `auth_request`, Caddy `forward_auth`, Envoy `ext_authz` and others like them. */
  @Get()
  @HttpCode(204)
  @ApiOperation({
    summary: 'Whether a request is allowed; for proxies that protect an application with Gatehouse',
    description:
      'Any method works, and a body is ignored. For proxies that append the path and query of the client, the same check is available below `/api/v1/auth/check/scopes/files:read,files:write/-` or, without scopes, `/api/v1/auth/check/-`.',
  })
  @ApiQuery({
    name: 'scopes',
    required: false,
    schema: { type: 'string' },
    example: 'files:read,files:write',
  })
  @ApiNoContentResponse({
    description: 'Allowed. The headers X-Gatehouse-Owner, -User, -Key and -Scopes describe the caller.',
  })
  @Answers({ errors: ['VALIDATION_FAILED', 'INSUFFICIENT_SCOPE'] })
  check(@CurrentUser() user: AuthenticatedUser, @Res({ passthrough: true }) reply: Reply): void {
    const { ownerId, userId, source, scopes } = user;
    reply.header('X-Gatehouse-Owner', ownerId);
    reply.header('X-Gatehouse-User', userId ?? '');
    reply.header('X-Gatehouse-Key', keyIdOf(source) ?? '');
    reply.header('X-Gatehouse-Scopes', scopes.join(' '));
  }
}
