import { Injectable } from '@nestjs/common';
import type { HttpArgumentsHost } from '@nestjs/common/interfaces/features/arguments-host.interface.js';
import { AuthError } from '../../principal/auth-error.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import { Clock } from '../../support/clock.js';
import { KeyUsage } from '../../usage/key-usage.js';
import { type Authentication, remember } from '../authentication.js';
import type { HttpRequest, HttpResponse } from '../../http/http-request.js';
import { requestOriginOf } from '../credentials/request-origin-of.js';
import { Decisions } from '../decision-counts.js';
import { setExpiryHeader, setLimitHeaders } from '../../http/response-headers.js';
import { KeyAllowance } from '../key-allowance.js';
import type { KeyTerms } from '../verifiers/verified-credential.js';

/** What a guard decides, and whether it is the one that settles the request: whose yes uses up what the key has. */
export interface GuardDecision {
  /** Throws for a request that is to be refused with an answer of ours. */
  readonly decide: (found: Authentication) => boolean;
  readonly settles: boolean;
  /** Whether the request counts as one of the calls that a tool key was given. */
  readonly isMetered: boolean;
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
    private readonly allowance: KeyAllowance,
    private readonly usage: KeyUsage,
    private readonly clock: Clock,
    private readonly decisions: Decisions,
  ) {}

  /** Tells the caller the terms, whatever is decided; at once for a key with neither limit nor budget. */
  enforce(keyRequest: KeyRequest, decision: GuardDecision): boolean | Promise<boolean> {
    const { http, terms } = keyRequest;
    if (terms.announcedEnd !== null)
      setExpiryHeader(http.getResponse<HttpResponse>(), terms.announcedEnd, this.clock.now());
    if (terms.limit !== null || terms.payerId !== null) return this.admitWithin(keyRequest, decision);
    const isAdmitted = this.decide(keyRequest, decision);
    if (isAdmitted && decision.settles) this.settle(keyRequest);
    return isAdmitted;
  }

  /** The same for whoever is held to no terms: who came without a key, nobody, and a key that another guard has settled. */
  enforceNone(http: HttpArgumentsHost, found: Authentication, { decide, settles }: GuardDecision): boolean {
    const { user, error, isSettled } = found;
    try {
      const isAdmitted = decide(found);
      if (isAdmitted && settles && user !== undefined && isSettled !== true) this.settleKeyless(http, user);
      return isAdmitted;
    } catch (refusal) {
      const isCounted = error !== undefined || isSettled === true;
      if (!isCounted) this.decisions.refused(user?.source.type ?? 'none', refusal);
      throw refusal;
    }
  }

  private async admitWithin(keyRequest: KeyRequest, decision: GuardDecision): Promise<boolean> {
    let isAdmitted: boolean;
    try {
      isAdmitted = this.decide(keyRequest, decision);
    } catch (error) {
      await this.tellWhereItStands(keyRequest);
      throw error;
    }
    if (!isAdmitted || !decision.settles) return isAdmitted;
    const error = await this.useUp(keyRequest, decision);
    if (error === undefined) {
      this.settle(keyRequest);
      return true;
    }
    this.decisions.refused(keyRequest.user.source.type, error);
    return decision.decide(becomeNobody(keyRequest, error));
  }

  private async tellWhereItStands({ http, terms }: KeyRequest): Promise<void> {
    try {
      const limit = await this.allowance.lookAtLimit(terms);
      if (limit !== null) setLimitHeaders(http.getResponse<HttpResponse>(), limit);
    } catch {
      // The request is refused, and stays so when no more can be told of it.
    }
  }

  /** The error when there is nothing left, or when that cannot be found out. */
  private async useUp({ http, user, terms }: KeyRequest, { isMetered }: GuardDecision): Promise<unknown> {
    try {
      const { limit, lacks } = await this.allowance.use(terms, isMetered);
      if (limit !== null) setLimitHeaders(http.getResponse<HttpResponse>(), limit);
      if (lacks === null) return undefined;
      this.usage.refused(terms.key, lacks, requestOriginOf(http.getRequest<HttpRequest>()), user);
      const retryAfterSeconds = lacks === 'RATE_LIMITED' ? limit?.resetSeconds : undefined;
      return new AuthError(lacks, { retryAfterSeconds, cause: { outcome: lacks, key: terms.key } });
    } catch (fault) {
      return fault;
    }
  }

  private decide({ http, user, terms }: KeyRequest, { decide }: GuardDecision): boolean {
    try {
      return decide({ user, terms });
    } catch (error) {
      const origin = requestOriginOf(http.getRequest<HttpRequest>());
      this.usage.refused(terms.key, 'INSUFFICIENT_SCOPE', origin, user);
      this.decisions.refused(user.source.type, error);
      throw error;
    }
  }

  /** Further guards find nothing left to use up. */
  private settle({ http, user, terms }: KeyRequest): void {
    const request = http.getRequest<HttpRequest>();
    this.usage.touch(user, terms.key, () => requestOriginOf(request));
    this.decisions.admitted(user.source.type);
    remember(request, { user, isSettled: true });
  }

  private settleKeyless(http: HttpArgumentsHost, user: AuthenticatedUser): void {
    this.decisions.admitted(user.source.type);
    remember(http.getRequest<HttpRequest>(), { user, isSettled: true });
  }
}

/** From now on the request is nobody's, for a guard that lets in nobody as for the others. */
function becomeNobody({ http }: KeyRequest, error: unknown): Authentication {
  const request = http.getRequest<HttpRequest>();
  request.user = undefined;
  return remember(request, { error });
}
