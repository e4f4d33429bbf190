import { Inject, Injectable } from '@nestjs/common';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { authModuleOptions } from './auth.module-definition.js';
import type { AuthModuleOptions } from './auth.options.js';
import type { HttpRequest } from '../http/http-request.js';

const header = 'x-agent-context';

/** Where it is on, a request that says it comes from an agent may not act as a person. */
@Injectable()
export class AgentConfinement {
  private readonly isOn: boolean;

  constructor(@Inject(authModuleOptions) { confineAgents = false }: AuthModuleOptions) {
    this.isOn = confineAgents;
  }

  /** The 403 for a person's JWT or personal key in a request with `X-Agent-Context: 1`. */
  refusalOf(request: HttpRequest, { userId }: AuthenticatedUser): AuthError | undefined {
    if (!this.isOn || userId === null) return undefined;
    const mark = request.headers[header];
    // Whatever else than a plain no is sent was meant to say yes.
    if (mark === undefined || mark === '0') return undefined;
    return new AuthError('AGENT_CONTEXT');
  }
}
