import { Controller, Delete, HttpCode, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { z } from 'zod';
import { AllowBounded, CurrentOrigin, CurrentUser, Unmetered } from '../auth/decorators.js';
import { KeyOnly } from '../auth/guards.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import { ApiOperation, ApiTags } from '../http/openapi.decorators.js';
import { receipt, WithReceipt } from '../http/receipts.js';
import { shownPrefix } from '../http/schemas.js';
import { BoundedBodies } from '../http/validation.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import { OwnKeyService } from './own-key.service.js';

const revokedOwnKey = z
  .object({ message: z.string(), revokedKeyPrefix: shownPrefix, ...receipt })
  .meta({ id: 'RevokedOwnKey' });

@ApiTags('Identity')
@UseGuards(KeyOnly)
@BoundedBodies()
@Controller({ path: 'auth/self', version: VERSION_NEUTRAL })
export class OwnKeyController {
  constructor(private readonly ownKey: OwnKeyService) {}

  @Delete()
  @HttpCode(200)
  @AllowBounded()
  @Unmetered()
  @ApiOperation({
    summary: 'End the key of this request permanently',
    description:
      'For API keys and tool keys of every kind, also bounded ones and those without calls left. Tool keys issued with it end too.',
  })
  @WithReceipt()
  @Answers({ 200: revokedOwnKey, errors: bodyErrors })
  async revoke(@CurrentUser() user: AuthenticatedUser, @CurrentOrigin() origin: RequestOrigin) {
    return { message: 'The key was revoked.', revokedKeyPrefix: await this.ownKey.revoke(user, origin) };
  }
}
