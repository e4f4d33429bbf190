import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  type OnModuleInit,
  Optional,
  type Type,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type HttpRequest, type HttpResponse, requestOf, responseOf } from '../http/http-request.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { decisionFor, withoutAuthModule } from './decision/applications.js';
import { errorOf } from './decision/credential-verification.js';
import { DecisionService } from './decision/decision.service.js';
import {
  admittedMark,
  aloneMark,
  type CallerKind,
  callerKindOf,
  callerKinds,
  type GuardClass,
  guardMark,
  optionalMark,
  type RouteRules,
  rulesOfRoute,
} from './route-rules.js';
import { callOf, carriedRequestOf } from './transports/handled-call.js';
import { errorForClients } from './transports/transport-error.js';

/** Admits any valid credential; 401 without one. Checks `@RequireScopes` and `@RequireRole` too. */
@Injectable()
export class Authenticated implements CanActivate, OnModuleInit {
  /** @internal */
  static readonly [guardMark] = true;
  /** @internal */
  static readonly [admittedMark]: readonly CallerKind[] = callerKinds;

  // Properties, so that a subclass may have a constructor of its own. A guard made with `new` has neither.
  @Inject(ModuleRef) private readonly createdIn: ModuleRef | undefined;
  /** Optional only so that the start can say that `AuthModule` is missing. */
  @Optional() @Inject(DecisionService) private readonly decision: DecisionService | undefined;

  /** Throws where there is no `AuthModule`. */
  onModuleInit(): void {
    if (this.createdIn !== undefined && this.decision === undefined)
      throw withoutAuthModule(this.constructor.name);
  }

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const ofRoute = rulesOfRoute(context.getClass(), context.getHandler());
    if (this.isSkippedBy(ofRoute)) return true;
    if (context.getType() !== 'http') return this.admitCall(context, ofRoute);
    const request = requestOf(context);
    const decision = this.decision ?? decisionFor(request, this.constructor.name);
    const rules = this.rulesFor(ofRoute, request);
    const response = this.responseFor(context);
    const question = { guard: this, rules, isDeciding: this.decidesFor(rules), response };
    const attempt = decision.identify(request);
    return attempt instanceof Promise
      ? attempt.then((identified) => decision.admit(identified, question))
      : decision.admit(attempt, question);
  }

  /** @internal A public route is open, and one with optional guards, or a guard that decides alone, is left to those. */
  isSkippedBy({ isPublic, isOptional, isDecidedAlone, guards }: RouteRules): boolean {
    if (isPublic || (isOptional && !(optionalMark in this.constructor))) return true;
    return isDecidedAlone && this.constructor === Authenticated && !guards.includes(Authenticated);
  }

  /** @internal The requirements of the guard for this request, from those of the route. Throws for an invalid request. */
  rulesFor(rules: RouteRules, _request: HttpRequest): RouteRules {
    return rules;
  }

  /** @internal What headers for the caller are set on. */
  responseFor(context: ExecutionContext): HttpResponse {
    return responseOf(context);
  }

  /** @internal A guard that is set globally leaves the rules of a route to those named there, unless it adds rules of its own. */
  decidesFor({ guards }: RouteRules): boolean {
    if (guards.length === 0 || aloneMark in this.constructor) return true;
    return guards.some((guard) => this instanceof guard);
  }

  /** @internal What the guard has against the caller; `undefined` if it admits the caller. */
  rejectionOf(user: AuthenticatedUser, _rules: RouteRules, _request: HttpRequest): Error | undefined {
    const { [admittedMark]: kinds } = this.constructor as GuardClass;
    if (!kinds.includes(callerKindOf(user))) return new AuthError('FORBIDDEN');
    try {
      // TypeScript accepts an async override, whose rejection would come too late.
      const answer: unknown = this.admit(user);
      if (!(answer instanceof Promise)) return undefined;
      answer.catch(() => undefined);
      return new Error(`${this.constructor.name}.admit() must not be async`);
    } catch (error) {
      return errorOf(error);
    }
  }

  /** @internal Whether the guard admits a request without a user; `rejection` is that of its credential, if it has one. */
  admitsAnonymous(_rules: RouteRules, _rejection: Error | undefined): boolean {
    return false;
  }

  /** Throws for a user that a guard of the application rejects, among the kinds of callers that it admits. Must not be async. */
  protected admit(_user: AuthenticatedUser): void {}

  /** For handlers of GraphQL, sockets and RPC; throws for one that has no HTTP request. */
  private async admitCall(context: ExecutionContext, ofRoute: RouteRules): Promise<boolean> {
    const decision = this.decision ?? decisionFor(carriedRequestOf(context), this.constructor.name);
    const { request, response, admit } = callOf(context, decision.handshakes);
    try {
      const rules = this.rulesFor(ofRoute, request);
      const question = { guard: this, rules, isDeciding: this.decidesFor(rules), response };
      const isAdmitted = await decision.admit(await decision.identify(request), question);
      admit();
      return isAdmitted;
    } catch (error) {
      throw await errorForClients(context.getType(), error);
    }
  }
}

/** Admits users, API keys and custom credentials; an agent's tool key is rejected with 403. */
@Injectable()
export class UserOnly extends Authenticated {
  /** @internal */
  static override readonly [admittedMark]: readonly CallerKind[] = [
    'jwt',
    'personal_key',
    'service_key',
    'custom_person',
    'custom_program',
  ];
}

/** Admits people, by JWT, personal key or custom credential; a program's service key and an agent's tool key are rejected with 403. */
@Injectable()
export class PersonOnly extends Authenticated {
  /** @internal */
  static override readonly [admittedMark]: readonly CallerKind[] = ['jwt', 'personal_key', 'custom_person'];
}

/** Admits the tool keys of agents; every other caller is rejected with 403. */
@Injectable()
export class ToolKeyOnly extends Authenticated {
  /** @internal */
  static override readonly [admittedMark]: readonly CallerKind[] = ['tool_key'];
}

/** Admits API keys and tool keys; every other caller is rejected with 403. */
@Injectable()
export class KeyOnly extends Authenticated {
  /** @internal */
  static override readonly [admittedMark]: readonly CallerKind[] = [
    'personal_key',
    'service_key',
    'tool_key',
  ];
}

/**
 * Admits every request and never answers with an error: a bad credential counts as none. `MaybeAuthenticated.with({
 * strict: true })` rejects a bad one. A route with `@RequireScopes` or `@RequireRole` admits no anonymous request: 401.
 */
@Injectable()
export class MaybeAuthenticated extends Authenticated {
  /** @internal */
  static readonly [optionalMark] = true;

  /** The guard class to use; `strict` rejects a bad credential with its 401 and still admits a request without one. */
  static with({ strict }: { strict: boolean }): Type<Authenticated> {
    return strict ? StrictlyMaybeAuthenticated : MaybeAuthenticated;
  }

  /** @internal */
  override admitsAnonymous({ scopes, roles }: RouteRules, _rejection: Error | undefined): boolean {
    return scopes.length === 0 && roles.length === 0;
  }
}

@Injectable()
class StrictlyMaybeAuthenticated extends MaybeAuthenticated {
  override admitsAnonymous(rules: RouteRules, rejection: Error | undefined): boolean {
    return rejection === undefined && super.admitsAnonymous(rules, rejection);
  }
}
