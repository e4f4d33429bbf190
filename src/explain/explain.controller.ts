import { Controller, Header, HttpCode, Post, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { ValidBody } from '../http/valid-parameters.js';
import { ApiOperation, ApiTags } from '../http/openapi.decorators.js';
import { CurrentUser, RequireScopes } from '../auth/decorators.js';
import { UserOnly } from '../auth/guards.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import { BoundedBodies } from '../http/validation.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { type ExplainRequest, explainRequest, keyExplanation } from './explain.schemas.js';
import { ExplanationsService } from './explanations.service.js';

@ApiTags('Service API keys')
@UseGuards(UserOnly)
@RequireScopes('api-keys:read')
@BoundedBodies()
@Controller({ path: 'auth/explain', version: VERSION_NEUTRAL })
export class ExplainController {
  constructor(private readonly explanations: ExplanationsService) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Explain the response that a request with this key or token would get',
    description:
      'For keys of your owner, your own personal key and your own tokens; with the role admin, for those of anyone. Nothing is charged.',
  })
  @Answers({ 200: keyExplanation, errors: [...bodyErrors, 'NOT_FOUND'] })
  explain(@CurrentUser() user: AuthenticatedUser, @ValidBody(explainRequest) body: ExplainRequest) {
    return this.explanations.explain(user, body);
  }
}
