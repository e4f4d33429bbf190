import { Injectable } from '@nestjs/common';
import type { HttpArgumentsHost } from '@nestjs/common/interfaces/features/arguments-host.interface.js';
import { KeyLimits, type LimitState } from '../../limits/key-limits.js';
import { AuthError } from '../../principal/auth-error.js';
import { Clock } from '../../principal/clock.js';
import type { RateLimit } from '../../principal/rate-limit.js';
import { KeyUsage } from '../../usage/key-usage.js';
import { type Authentication, remember } from '../authentication.js';
import type { HttpRequest } from '../credentials/http-request.js';
import { requestOriginOf } from '../credentials/request-origin-of.js';
import type { HttpResponse } from '../http/http-response.js';
import { tellExpiry, tellLimit } from '../http/key-headers.js';
import type { KeyTerms } from '../verifiers/verified-credential.js';

/** What a guard decides, and whether the limit of a key is consumed when it lets the request in. */
export interface GuardDecision {
  /** Throws for a request that is to be refused with an answer of ours. */
  readonly decide: (found: Authentication) => boolean;
  readonly consumes: boolean;
}

/** Holds a request to the terms of its API key, around the decision of a guard. */
@Injectable()
export class KeyTermsEnforcer {
  constructor(
    private readonly limits: KeyLimits,
    private readonly usage: KeyUsage,
    private readonly clock: Clock,
  ) {}

  /** Tells the caller the terms, whatever is decided; at once for a key without a limit. */
  enforce(
    http: HttpArgumentsHost,
    found: Authentication,
    terms: KeyTerms,
    decision: GuardDecision,
  ): boolean | Promise<boolean> {
    tellExpiry(http.getResponse<HttpResponse>(), terms.expiresAt, this.clock.now());
    return terms.rateLimit === null
      ? decision.decide(found)
      : this.limit(http, found, terms.keyId, terms.rateLimit, decision);
  }

  private async limit(
    http: HttpArgumentsHost,
    found: Authentication,
    keyId: string,
    rateLimit: RateLimit,
    { decide, consumes }: GuardDecision,
  ): Promise<boolean> {
    const request = http.getRequest<HttpRequest>();
    const response = http.getResponse<HttpResponse>();
    let isAdmitted: boolean;
    try {
      isAdmitted = decide(found);
    } catch (error) {
      this.touch(request, found);
      tellLimit(response, await this.limits.peek(keyId, rateLimit));
      throw error;
    }
    if (!isAdmitted || !consumes) return isAdmitted;
    const state = await this.limits.consume(keyId, rateLimit);
    tellLimit(response, state);
    if (state.exceeded) {
      this.usage.refused(keyId, 'RATE_LIMITED');
      return decide(turnAway(request, keyId, state));
    }
    this.touch(request, found);
    // Further guards find nothing left to consume.
    remember(request, { user: found.user });
    return true;
  }

  private touch(request: HttpRequest, { user }: Authentication): void {
    if (user !== undefined) this.usage.touch(user, () => requestOriginOf(request));
  }
}

/** From now on the request is nobody's, for a guard that lets in nobody as for the others. */
function turnAway(request: HttpRequest, keyId: string, { resetSeconds }: LimitState): Authentication {
  const cause = { outcome: 'RATE_LIMITED', keyId };
  const error = new AuthError('RATE_LIMITED', { retryAfterSeconds: resetSeconds, cause });
  request.user = undefined;
  return remember(request, { error });
}
