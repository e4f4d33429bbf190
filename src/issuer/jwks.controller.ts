import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Public } from '../auth/decorators.js';
import { Answers } from '../http/answers.decorator.js';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import { clientCredentials, grantType } from './exchange.schemas.js';
import { authorizationServerMetadata } from './introspection.schemas.js';
import { builtinIssuer, BuiltinIssuer } from './builtin-issuer.js';

const jwks = z
  .object({ keys: z.array(z.record(z.string(), z.unknown())) })
  .meta({ id: 'JwkSet', description: 'A JWK Set (RFC 7517 §5).' });

@ApiTags('Identity')
@Public()
@Controller('.well-known')
export class JwksController {
  constructor(
    @Inject(builtinIssuer) private readonly issuer: BuiltinIssuer | null,
    private readonly clock: Clock,
  ) {}

  @Get('oauth-authorization-server')
  @ApiOperation({
    summary: 'The endpoints and grants of the built-in issuer (RFC 8414); 404 without `ISSUER_URL`',
  })
  @Answers({ 200: authorizationServerMetadata, errors: ['NOT_FOUND'] })
  @Header('Cache-Control', 'public, max-age=300')
  metadata() {
    const name = this.issuer?.name ?? BuiltinIssuer.issuer;
    if (name === BuiltinIssuer.issuer) throw new AuthError('NOT_FOUND');
    const methods = ['client_secret_basic'];
    return {
      issuer: name,
      token_endpoint: `${name}/api/v1/auth/token`,
      introspection_endpoint: `${name}/api/v1/auth/introspect`,
      jwks_uri: `${name}/.well-known/jwks.json`,
      grant_types_supported: [grantType, clientCredentials],
      response_types_supported: [],
      token_endpoint_auth_methods_supported: methods,
      introspection_endpoint_auth_methods_supported: methods,
    };
  }

  @Get('jwks.json')
  @ApiOperation({ summary: 'The public keys of the built-in issuer' })
  @Answers({ 200: jwks, errors: ['NOT_FOUND'] })
  @Header('Cache-Control', 'public, max-age=300')
  jwks() {
    if (this.issuer === null) throw new AuthError('NOT_FOUND');
    return this.issuer.jwksAt(this.clock.now());
  }
}
