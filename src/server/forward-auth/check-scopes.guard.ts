import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Authenticated } from '../../auth/guards/authenticated.guard.js';
import type { RouteRules } from '../../auth/guards/route-rules.js';
import { AuthError } from '../../principal/auth-error.js';
import { isScope, type Scope } from '../../principal/scopes.js';

/** Admits any valid credential that holds the scopes in `?scopes=`, separated by commas or spaces. */
@Injectable()
export class CheckScopes extends Authenticated {
  protected override rulesFor(context: ExecutionContext): RouteRules {
    const { scopes } = context.switchToHttp().getRequest<{ query: { scopes?: unknown } }>().query;
    const rules = super.rulesFor(context);
    return scopes === undefined ? rules : { ...rules, scopes: [...rules.scopes, ...scopesIn(scopes)] };
  }
}

/** A gate that asks for nothing because of a typo would be an open one. */
function scopesIn(text: unknown): Scope[] {
  const scopes = typeof text === 'string' ? text.split(/[\s,]+/) : [];
  if (scopes.length > 0 && scopes.length <= 100 && scopes.every(isScope)) return scopes;
  throw new AuthError('VALIDATION_FAILED', {
    details: [{ path: 'scopes', message: 'must be scopes resource:action, separated by commas' }],
  });
}
