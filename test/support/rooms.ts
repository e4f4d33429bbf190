import { Get, UseGuards } from '@nestjs/common';
import { CurrentUser, Public } from '../../src/auth/decorators.js';
import { MaybeAuthenticated } from '../../src/auth/guards.js';
import type { AuthenticatedUser } from '../../src/principal/authenticated-user.js';

/** The answer of a route that tells who it took the caller for. */
export const who = (user?: AuthenticatedUser) => ({ who: user?.source.type ?? 'anonymous' });

/** Routes that need no credential; a controller that extends it has them under a path of its own. */
export abstract class Rooms {
  @Get('maybe')
  @UseGuards(MaybeAuthenticated)
  maybe(@CurrentUser() user?: AuthenticatedUser) {
    return who(user);
  }

  @Get('strict')
  @UseGuards(MaybeAuthenticated.with({ strict: true }))
  strict(@CurrentUser() user?: AuthenticatedUser) {
    return who(user);
  }

  @Get('public')
  @Public()
  public(@CurrentUser() user?: AuthenticatedUser) {
    return who(user);
  }
}
