import { Injectable } from '@nestjs/common';
import type { HttpArgumentsHost } from '@nestjs/common/interfaces/features/arguments-host.interface.js';
import { KeyLimits, type LimitState } from '../../limits/key-limits.js';
import { AuthError } from '../../principal/auth-error.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import { Clock } from '../../principal/clock.js';
import { KeyUsage } from '../../usage/key-usage.js';
import { type Authentication, remember } from '../authentication.js';
import type { HttpRequest } from '../credentials/http-request.js';
import { requestOriginOf } from '../credentials/request-origin-of.js';
import type { HttpResponse } from '../http/http-response.js';
import { tellExpiry, tellLimit } from '../http/key-headers.js';
import type { KeyTerms } from '../verifiers/verified-credential.js';

/** What a guard decides, and whether it is the one that settles the request: whose yes uses up what the key has. */
export interface GuardDecision {
  /** Throws for a request that is to be refused with an answer of ours. */
  readonly decide: (found: Authentication) => boolean;
  readonly settles: boolean;
}

/** A request with a good key. */
interface KeyRequest {
  readonly http: HttpArgumentsHost;
  readonly user: AuthenticatedUser;
  readonly terms: KeyTerms;
}

/** Holds a request to the terms of its key, around the decision of a guard, and notes what became of it. */
@Injectable()
export class KeyTermsEnforcer {
  constructor(
    private readonly limits: KeyLimits,
    private readonly usage: KeyUsage,
    private readonly clock: Clock,
  ) {}

  /** Tells the caller the terms, whatever is decided; at once for a key without a limit. */
  enforce(keyRequest: KeyRequest, decision: GuardDecision): boolean | Promise<boolean> {
    const { http, terms } = keyRequest;
    if (terms.announcedEnd !== null)
      tellExpiry(http.getResponse<HttpResponse>(), terms.announcedEnd, this.clock.now());
    return terms.limit === null
      ? this.admit(keyRequest, decision)
      : this.limit(keyRequest, terms.limit, decision);
  }

  private admit(keyRequest: KeyRequest, decision: GuardDecision): boolean {
    const isAdmitted = this.decide(keyRequest, decision);
    if (isAdmitted && decision.settles) this.settle(keyRequest);
    return isAdmitted;
  }

  private async limit(
    keyRequest: KeyRequest,
    limit: NonNullable<KeyTerms['limit']>,
    decision: GuardDecision,
  ): Promise<boolean> {
    const response = keyRequest.http.getResponse<HttpResponse>();
    let isAdmitted: boolean;
    try {
      isAdmitted = this.decide(keyRequest, decision);
    } catch (error) {
      tellLimit(response, await this.limits.peek(limit.keyId, limit));
      throw error;
    }
    if (!isAdmitted || !decision.settles) return isAdmitted;
    const state = await this.limits.consume(limit.keyId, limit);
    tellLimit(response, state);
    if (state.exceeded) return decision.decide(this.turnAway(keyRequest, state));
    this.settle(keyRequest);
    return true;
  }

  private decide({ http, user, terms }: KeyRequest, { decide }: GuardDecision): boolean {
    try {
      return decide({ user, terms });
    } catch (error) {
      const origin = requestOriginOf(http.getRequest<HttpRequest>());
      this.usage.refused(terms.key, 'INSUFFICIENT_SCOPE', origin, user);
      throw error;
    }
  }

  /** Further guards find nothing left to use up. */
  private settle({ http, user }: KeyRequest): void {
    const request = http.getRequest<HttpRequest>();
    this.usage.touch(user, () => requestOriginOf(request));
    remember(request, { user });
  }

  /** From now on the request is nobody's, for a guard that lets in nobody as for the others. */
  private turnAway({ http, user, terms }: KeyRequest, { resetSeconds }: LimitState): Authentication {
    const request = http.getRequest<HttpRequest>();
    this.usage.refused(terms.key, 'RATE_LIMITED', requestOriginOf(request), user);
    const cause = { outcome: 'RATE_LIMITED', key: terms.key };
    const error = new AuthError('RATE_LIMITED', { retryAfterSeconds: resetSeconds, cause });
    request.user = undefined;
    return remember(request, { error });
  }
}
