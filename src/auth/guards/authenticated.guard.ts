import { type CanActivate, type ExecutionContext, Injectable, type Type } from '@nestjs/common';
import { AuthError } from '../../principal/auth-error.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import type { Authentication } from '../authentication.js';
import { Authenticator } from '../authenticator.js';
import type { HttpRequest } from '../credentials/http-request.js';
import { checkRules } from './check-rules.js';
import { KeyTermsEnforcer } from './key-terms.enforcer.js';
import { guardMark, type RouteRules, rulesOf } from './route-rules.js';

/** Admits any valid credential; 401 without one. Checks `@RequireScopes` and `@RequireRole` too. */
@Injectable()
export class Authenticated implements CanActivate {
  static readonly [guardMark] = true;

  protected readonly isOptional: boolean = false;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly terms: KeyTermsEnforcer,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const rules = this.rulesFor(context);
    if (rules.isPublic || (rules.isOptional && !this.isOptional)) return true;
    const found = this.authenticator.authenticate(requestOf(context));
    return found instanceof Promise
      ? found.then((authentication) => this.judge(context, authentication, rules))
      : this.judge(context, found, rules);
  }

  /** What the route asks for. */
  protected rulesFor(context: ExecutionContext): RouteRules {
    return rulesOf(context);
  }

  private judge(
    context: ExecutionContext,
    found: Authentication,
    rules: RouteRules,
  ): boolean | Promise<boolean> {
    const { user, terms } = found;
    if (user === undefined || terms === undefined) return this.decide(found, rules);
    return this.terms.enforce(
      { http: context.switchToHttp(), user, terms },
      {
        decide: (authentication) => this.decide(authentication, rules),
        settles: this.decidesFor(rules),
        isMetered: !rules.isUnmetered,
      },
    );
  }

  /** Throws unless the request may go on. */
  protected decide({ user, error }: Authentication, rules: RouteRules): boolean {
    if (error !== undefined) throw error;
    if (user === undefined) throw new AuthError('MISSING_TOKEN');
    this.admit(user);
    if (this.decidesFor(rules)) checkRules(user, rules);
    return true;
  }

  /** A guard that is set globally leaves the rules of a route to the guard that is named there. */
  protected decidesFor({ guards }: RouteRules): boolean {
    return guards.length === 0 || guards.some((guard) => this instanceof (guard as Type));
  }

  /** Throws for a principal that this guard keeps out. */
  protected admit(_user: AuthenticatedUser): void {}
}

function requestOf(context: ExecutionContext): HttpRequest {
  if (context.getType() !== 'http') {
    throw new Error(`Guards of Gatehouse work for HTTP routes; this is a ${context.getType()} handler.`);
  }
  return context.switchToHttp().getRequest<HttpRequest>();
}
