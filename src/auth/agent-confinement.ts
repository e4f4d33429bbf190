import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import type { HttpRequest } from './credentials/http-request.js';

const header = 'x-agent-context';

/** Where it is on, a request that says it comes from an agent may not act as a person. */
export class AgentConfinement {
  constructor(private readonly isOn: boolean) {}

  /** The 403 for a person's JWT or personal key in a request with `X-Agent-Context: 1`. */
  refusalOf(request: HttpRequest, { userId }: AuthenticatedUser): AuthError | undefined {
    if (!this.isOn || userId === null) return undefined;
    const mark = request.headers[header];
    // Whatever else than a plain no is sent was meant to say yes.
    if (mark === undefined || mark === '0') return undefined;
    return new AuthError('AGENT_CONTEXT');
  }
}
