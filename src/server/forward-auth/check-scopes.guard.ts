import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Authenticated } from '../../auth/guards.js';
import type { RouteRules } from '../../auth/route-rules.js';
import { scopesAskedIn } from './gate-url.js';

/**
 * Admits any valid credential that holds the scopes in the URL. Set globally it is `Authenticated` for the other routes,
 * and refuses a URL that makes no sense before it looks at the credential, so that a misconfigured proxy is noticed.
 */
@Injectable()
export class CheckScopes extends Authenticated {
  protected override rulesFor(context: ExecutionContext): RouteRules {
    const rules = super.rulesFor(context);
    if (!rules.guards.includes(CheckScopes)) return rules;
    const { url } = context.switchToHttp().getRequest<{ url: string }>();
    return { ...rules, scopes: [...rules.scopes, ...scopesAskedIn(url)] };
  }
}
