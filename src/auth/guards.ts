import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  type OnModuleInit,
  Optional,
  type Type,
} from '@nestjs/common';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import type { Authentication } from './authentication.js';
import { Authenticator } from './authenticator.js';
import type { HttpRequest } from '../http/http-request.js';
import {
  admittedMark,
  type CallerKind,
  callerKindOf,
  callerKinds,
  checkRules,
  type GuardClass,
  guardMark,
  optionalMark,
  type RouteRules,
  rulesOf,
} from './route-rules.js';
import { KeyTermsEnforcer } from './guards/key-terms.enforcer.js';

/** A guard's part in a request that is not made. */
export interface GuardRehearsal {
  /** The class of the guard. */
  readonly name: string;
  readonly rules: RouteRules;
  /** It lets the request pass without a look at who sends it. */
  readonly looksAway: boolean;
  /** Its yes uses up what the key has. */
  readonly settles: boolean;
  /** Throws for a principal that it keeps out, whatever the rules. */
  readonly requireAdmitted: (user: AuthenticatedUser) => void;
  /** Throws what the request would be refused with. */
  readonly decide: (found: Authentication) => boolean;
}

/** Admits any valid credential; 401 without one. Checks `@RequireScopes` and `@RequireRole` too. */
@Injectable()
export class Authenticated implements CanActivate, OnModuleInit {
  static readonly [guardMark] = true;
  static readonly [admittedMark]: readonly CallerKind[] = callerKinds;

  protected readonly isOptional: boolean = false;

  /** Optional only so that their lack can be explained, which is a fault at start. */
  constructor(
    @Optional() private readonly authenticator?: Authenticator,
    @Optional() private readonly terms?: KeyTermsEnforcer,
  ) {}

  /** Throws where there is no `AuthModule` to ask. */
  onModuleInit(): void {
    requireAuthModule(this, this.authenticator);
    requireAuthModule(this, this.terms);
  }

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const rules = this.rulesFor(context);
    if (this.looksAway(rules)) return true;
    const found = requireAuthModule(this, this.authenticator).authenticate(requestOf(context));
    return found instanceof Promise
      ? found.then((authentication) => this.judge(context, authentication, rules))
      : this.judge(context, found, rules);
  }

  /** What it would do with a request, without the request: nothing is noted, counted or used up. */
  rehearse(context: ExecutionContext): GuardRehearsal {
    const rules = this.rulesFor(context);
    return {
      name: this.constructor.name,
      rules,
      looksAway: this.looksAway(rules),
      settles: this.decidesFor(rules),
      requireAdmitted: (user) => this.requireAdmitted(user),
      decide: (found) => this.decide(found, rules),
    };
  }

  /** What the route asks for. */
  protected rulesFor(context: ExecutionContext): RouteRules {
    return rulesOf(context);
  }

  private looksAway({ isPublic, isOptional }: RouteRules): boolean {
    return isPublic || (isOptional && !this.isOptional);
  }

  private judge(
    context: ExecutionContext,
    found: Authentication,
    rules: RouteRules,
  ): boolean | Promise<boolean> {
    const { user, terms } = found;
    const http = context.switchToHttp();
    const decision = {
      decide: (authentication: Authentication) => this.decide(authentication, rules),
      settles: this.decidesFor(rules),
      isMetered: !rules.isUnmetered,
    };
    const enforcer = requireAuthModule(this, this.terms);
    if (user === undefined || terms === undefined) return enforcer.enforceNone(http, found, decision);
    return enforcer.enforce({ http, user, terms }, decision);
  }

  /** Throws unless the request may go on. */
  protected decide({ user, error }: Authentication, rules: RouteRules): boolean {
    if (error !== undefined) throw error;
    if (user === undefined) throw new AuthError('MISSING_TOKEN');
    this.requireAdmitted(user);
    if (this.decidesFor(rules)) checkRules(user, rules);
    return true;
  }

  private requireAdmitted(user: AuthenticatedUser): void {
    const { [admittedMark]: admitted } = this.constructor as GuardClass;
    if (!admitted.includes(callerKindOf(user))) throw new AuthError('FORBIDDEN');
    this.admit(user);
  }

  /** A guard that is set globally leaves the rules of a route to the guard that is named there. */
  protected decidesFor({ guards }: RouteRules): boolean {
    return guards.length === 0 || guards.some((guard) => this instanceof guard);
  }

  /** Throws for a principal that a guard of the application keeps out, among those of the kinds it admits. */
  protected admit(_user: AuthenticatedUser): void {}
}

function requireAuthModule<T>(guard: Authenticated, part: T | undefined): T {
  if (part !== undefined) return part;
  throw new Error(
    `${guard.constructor.name} is used, but AuthModule is not imported: add AuthModule.forRoot({ … }) to the imports of the root module.`,
  );
}

function requestOf(context: ExecutionContext): HttpRequest {
  if (context.getType() !== 'http') {
    throw new Error(`Guards of Gatehouse work for HTTP routes; this is a ${context.getType()} handler.`);
  }
  return context.switchToHttp().getRequest<HttpRequest>();
}

/** Admits users, API keys and credentials of the application's own; an agent's tool key is refused with 403. */
@Injectable()
export class UserOnly extends Authenticated {
  static override readonly [admittedMark]: readonly CallerKind[] = [
    'jwt',
    'personal_key',
    'service_key',
    'custom_person',
    'custom_program',
  ];
}

/** Admits people, by JWT, personal key or a credential of the application's own; a program's service key and an agent's tool key are refused with 403. */
@Injectable()
export class PersonOnly extends Authenticated {
  static override readonly [admittedMark]: readonly CallerKind[] = ['jwt', 'personal_key', 'custom_person'];
}

/** Admits the tool keys of agents; everybody else is refused with 403. */
@Injectable()
export class ToolKeyOnly extends Authenticated {
  static override readonly [admittedMark]: readonly CallerKind[] = ['tool_key'];
}

/** Admits API keys and tool keys; whoever comes with something else is refused with 403. */
@Injectable()
export class KeyOnly extends Authenticated {
  static override readonly [admittedMark]: readonly CallerKind[] = [
    'personal_key',
    'service_key',
    'tool_key',
  ];
}

/**
 * Admits everyone and never answers with an error: a bad credential counts as none. `MaybeAuthenticated.with({ strict:
 * true })` refuses a bad one. A route with `@RequireScopes` or `@RequireRole` has no room for nobody: there it is a 401.
 */
@Injectable()
export class MaybeAuthenticated extends Authenticated {
  static readonly [optionalMark] = true;

  protected override readonly isOptional = true;

  /** The guard class to use; `strict` refuses a bad credential with its 401 and still admits a request without one. */
  static with({ strict }: { strict: boolean }): Type<Authenticated> {
    return strict ? StrictlyMaybeAuthenticated : MaybeAuthenticated;
  }

  protected override decide(found: Authentication, rules: RouteRules): boolean {
    const needsSomebody = rules.scopes.length > 0 || rules.roles.length > 0;
    return found.user !== undefined || needsSomebody ? super.decide(found, rules) : this.admitNobody(found);
  }

  protected admitNobody(_found: Authentication): boolean {
    return true;
  }
}

@Injectable()
class StrictlyMaybeAuthenticated extends MaybeAuthenticated {
  protected override admitNobody({ error }: Authentication): boolean {
    if (error !== undefined) throw error;
    return true;
  }
}
