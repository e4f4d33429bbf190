import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Public } from '../auth/decorators.js';
import { Answers } from '../http/answers.decorator.js';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import { builtinIssuer, type BuiltinIssuer } from './builtin-issuer.js';

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

  @Get('jwks.json')
  @ApiOperation({ summary: 'The public keys of the built-in issuer' })
  @Answers({ 200: jwks, errors: ['NOT_FOUND'] })
  @Header('Cache-Control', 'public, max-age=300')
  jwks() {
    if (this.issuer === null) throw new AuthError('NOT_FOUND');
    return this.issuer.jwksAt(this.clock.now());
  }
}
