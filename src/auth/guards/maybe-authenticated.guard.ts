import { Injectable, type Type } from '@nestjs/common';
import type { Authentication } from '../authentication.js';
import { Authenticated } from './authenticated.guard.js';
import { optionalMark, type RouteRules } from './route-rules.js';

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
