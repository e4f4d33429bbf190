import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser } from '../../auth/decorators.js';
import { Authenticated, MaybeAuthenticated } from '../../auth/guards.js';
import { Answers } from '../../http/answers.decorator.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import { authStatus, principal } from './identity.schemas.js';

@ApiTags('Identity')
@Controller('api/v1/auth')
export class IdentityController {
  @Get('me')
  @UseGuards(Authenticated)
  @ApiOperation({ summary: 'Who am I, and which owner’s data may I see?' })
  @Answers({ 200: principal })
  @Header('Cache-Control', 'no-store')
  me(@CurrentUser() user: AuthenticatedUser) {
    return user;
  }

  @Get('status')
  @UseGuards(MaybeAuthenticated)
  @ApiOperation({ summary: 'Am I anybody? Never an error: a bad credential counts as none' })
  @Answers({ 200: authStatus })
  @Header('Cache-Control', 'no-store')
  status(@CurrentUser() user: AuthenticatedUser | undefined) {
    return { authenticated: user !== undefined, user: user ?? null };
  }
}
