import { Injectable } from '@nestjs/common';
import { AuthError } from '../../principal/auth-error.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import { Authenticated } from './authenticated.guard.js';

/** Admits the tool keys of agents; everybody else is refused with 403. */
@Injectable()
export class ToolKeyOnly extends Authenticated {
  protected override admit(user: AuthenticatedUser): void {
    if (user.source.type !== 'tool_key') throw new AuthError('FORBIDDEN');
  }
}
