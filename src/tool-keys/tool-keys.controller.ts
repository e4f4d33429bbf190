import { Body, Controller, Delete, Header, Param, Post, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentOrigin } from '../auth/decorators/current-origin.decorator.js';
import { CurrentUser } from '../auth/decorators/current-user.decorator.js';
import { RequireScopes } from '../auth/decorators/require-scopes.decorator.js';
import { UserOnly } from '../auth/guards/user-only.guard.js';
import { Answers, badBody } from '../auth/http/answers.decorator.js';
import { ObjectIdPipe } from '../auth/http/object-id.pipe.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import type { RequestOrigin } from '../principal/request-origin.js';
import { issuedToolKey, revokedToolKey, type ToolKeyRequest, toolKeyRequest } from './tool-key.schemas.js';
import { toIssued, toRevoked } from './tool-key.views.js';
import { ToolKeysService } from './tool-keys.service.js';

@ApiTags('Tool keys')
@UseGuards(UserOnly)
@RequireScopes('tool-keys:issue')
@Controller('api/v1/tool-keys')
export class ToolKeysController {
  constructor(private readonly toolKeys: ToolKeysService) {}

  @Post()
  @ApiOperation({ summary: 'Issue a short-lived key for one task of an agent' })
  @Answers({ 201: issuedToolKey, errors: badBody })
  @Header('Cache-Control', 'no-store')
  async issue(
    @CurrentUser() user: AuthenticatedUser,
    @Body({ schema: toolKeyRequest }) body: ToolKeyRequest,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return toIssued(await this.toolKeys.issue(user, body, origin));
  }

  @Delete(':id')
  @ApiOperation({ summary: 'End a tool key for ever' })
  @Answers({ 200: revokedToolKey, errors: [...badBody, 'NOT_FOUND'] })
  async revoke(
    @CurrentUser() user: AuthenticatedUser,
    @Param('id', ObjectIdPipe) id: string,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return toRevoked(await this.toolKeys.revoke(user, id, origin));
  }
}
