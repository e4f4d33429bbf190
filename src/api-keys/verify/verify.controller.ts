import { Controller, HttpCode, Post, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { ValidBody } from '../../http/valid-parameters.js';
import { ApiOperation, ApiTags } from '../../http/openapi.decorators.js';
import { CurrentOrigin, CurrentUser, RequireScopes } from '../../auth/decorators.js';
import { UserOnly } from '../../auth/guards.js';
import { Answers, bodyErrors } from '../../http/answers.decorator.js';
import { BoundedBodies } from '../../http/validation.js';
import type { AuthenticatedUser, RequestOrigin } from '../../principal/authenticated-user.js';
import { Clock } from '../../support/clock.js';
import { KeyVerdictsService } from './key-verdicts.service.js';
import { keyVerdict, toVerdict, verifyKeyRequest, type VerifyKeyRequest } from './verify.schemas.js';

@ApiTags('Service API keys')
@UseGuards(UserOnly)
@RequireScopes('api-keys:verify')
@BoundedBodies()
@Controller({ path: 'api-keys/verify', version: VERSION_NEUTRAL })
export class VerifyController {
  constructor(
    private readonly verdicts: KeyVerdictsService,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Verify a key, its scopes and its client address' })
  @Answers({ 200: keyVerdict, errors: bodyErrors })
  async verify(
    @CurrentUser() user: AuthenticatedUser,
    @ValidBody(verifyKeyRequest) body: VerifyKeyRequest,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return toVerdict(await this.verdicts.verify(user, body, origin), this.clock.now());
  }
}
