import { Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser } from '../auth/decorators/current-user.decorator.js';
import { Unmetered } from '../auth/decorators/unmetered.decorator.js';
import { ToolKeyOnly } from '../auth/guards/tool-key-only.guard.js';
import { Answers } from '../http/answers.decorator.js';
import { ValidRequests } from '../http/valid-requests.decorator.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { Leases } from './leases.js';
import { heartbeat, ownToolKey } from './tool-key.schemas.js';
import { toOwnToolKey } from './tool-key.views.js';
import { ToolKeysService } from './tool-keys.service.js';

/** What a tool key may ask about itself. */
@ApiTags('Tool keys')
@UseGuards(ToolKeyOnly)
@ValidRequests()
@Unmetered()
@Controller('api/v1/tool-keys')
export class OwnToolKeyController {
  constructor(
    private readonly toolKeys: ToolKeysService,
    private readonly leases: Leases,
    private readonly clock: Clock,
  ) {}

  @Get('self')
  @ApiOperation({ summary: 'The tool key that asks: its task, scopes, and what it has left' })
  @Answers({ 200: ownToolKey })
  async self(@CurrentUser() user: AuthenticatedUser) {
    const found = await this.toolKeys.findOwn(user);
    return toOwnToolKey(found, await this.toolKeys.callsLeft(found), this.clock.now());
  }

  @Post('heartbeat')
  @HttpCode(200)
  @ApiOperation({ summary: 'The agent is alive: renew the lease of the tool key that asks' })
  @Answers({ 200: heartbeat })
  beat(@CurrentUser() user: AuthenticatedUser) {
    return this.leases.beat(user);
  }
}
