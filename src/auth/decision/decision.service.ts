import { Injectable } from '@nestjs/common';
import type { HttpRequest } from '../../http/http-request.js';
import { setExpiryHeader, setLimitHeaders } from '../../http/response-headers.js';
import { Clock } from '../../support/clock.js';
import { type Attempt, attemptOf, type GuardQuestion } from './attempt.js';
import { errorOf } from './credential-verification.js';
import { DecisionRecord } from './decision-record.js';
import { admission, DecisionServices, identification, runSteps } from './steps.js';

/** Decides requests for the guards: runs the steps, records their decision, and sends the caller the terms of its key. */
@Injectable()
export class DecisionService {
  constructor(
    private readonly services: DecisionServices,
    private readonly record: DecisionRecord,
    private readonly clock: Clock,
  ) {}

  /** Finds out who sends the request, once for each request; at once for a cached credential. Never rejects. */
  identify(request: HttpRequest): Attempt | Promise<Attempt> {
    const attempt = attemptOf(request);
    if (attempt.isIdentified) return attempt;
    if (attempt.identifying !== undefined) return attempt.identifying;
    const refusal = runSteps(identification, attempt, this.services);
    if (!(refusal instanceof Promise)) return this.identified(attempt, refusal);
    attempt.identifying = this.identifyLate(attempt, refusal);
    return attempt.identifying;
  }

  /** Whether the guard admits the request; throws the refusal. Guards that ask at the same time take turns. */
  admit(attempt: Attempt, question: GuardQuestion): boolean | Promise<boolean> {
    if (attempt.deciding !== undefined) return this.admitNext(attempt, question, attempt.deciding);
    Object.assign(attempt, question);
    const { user, terms, response, isAdmitted } = attempt;
    if (user === undefined && this.admitsAnonymous(attempt)) return true;
    if (terms !== undefined && terms.announcedEnd !== null && response !== undefined && !isAdmitted)
      setExpiryHeader(response, terms.announcedEnd, this.clock.now());
    const refusal = runSteps(admission, attempt, this.services);
    if (!(refusal instanceof Promise)) return this.answer(attempt, refusal, isAdmitted);
    attempt.deciding = refusal.finally(() => {
      attempt.deciding = undefined;
    });
    return this.answerLate(attempt, attempt.deciding, isAdmitted);
  }

  private async admitNext(
    attempt: Attempt,
    question: GuardQuestion,
    other: Promise<unknown>,
  ): Promise<boolean> {
    await other.catch(() => undefined);
    return this.admit(attempt, question);
  }

  private async identifyLate(attempt: Attempt, refusal: Promise<Error | undefined>): Promise<Attempt> {
    return this.identified(attempt, await refusal.catch(errorOf));
  }

  private async answerLate(
    attempt: Attempt,
    refusal: Promise<Error | undefined>,
    wasAdmitted: boolean,
  ): Promise<boolean> {
    return this.answer(attempt, await refusal, wasAdmitted);
  }

  private identified(attempt: Attempt, refusal: Error | undefined): Attempt {
    attempt.isIdentified = true;
    // Bad credentials were recorded when they were verified.
    if (refusal !== undefined && attempt.user !== undefined) this.record.userRefused(attempt, refusal);
    if (refusal !== undefined) attempt.dropUser(refusal);
    // Without a user of its own it leaves alone what the application has put there.
    else if (attempt.user !== undefined) attempt.request.user = attempt.user;
    return attempt;
  }

  private answer(
    attempt: Attempt,
    refusal: Error | undefined,
    wasAdmitted: boolean,
  ): boolean | Promise<boolean> {
    if (refusal === undefined) {
      if (!wasAdmitted && attempt.isAdmitted) this.record.admitted(attempt);
      return true;
    }
    // That of the credential is recorded, and a request that was admitted and charged counts once.
    if (refusal !== attempt.refusal && !wasAdmitted) this.record.guardRefused(attempt, refusal);
    if (attempt.chargeFailed) {
      attempt.dropUser(refusal);
      attempt.request.user = undefined;
      if (this.admitsAnonymous(attempt)) return true;
    } else if (attempt.terms?.limit != null && !wasAdmitted) {
      return this.refuseWithLimit(attempt, refusal);
    }
    throw refusal;
  }

  private admitsAnonymous({ guard, rules, refusal }: Attempt): boolean {
    return guard.admitsAnonymous(rules, refusal);
  }

  /** The request is refused, and stays so when the limit cannot be read. */
  private async refuseWithLimit({ terms, response }: Attempt, refusal: Error): Promise<never> {
    try {
      const limit = terms === undefined ? null : await this.services.charges.limitOf(terms);
      if (limit !== null && response !== undefined) setLimitHeaders(response, limit);
    } catch {}
    throw refusal;
  }
}
