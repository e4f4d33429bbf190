import { Injectable } from '@nestjs/common';
import type { HttpRequest } from '../../http/http-request.js';
import { setExpiryHeader, setLimitHeaders } from '../../http/response-headers.js';
import { Clock } from '../../support/clock.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import type { CredentialKind } from '../credentials/credential-reader.js';
import { Handshakes } from '../transports/handshakes.js';
import { admitAll, type Attempt, type GuardQuestion } from './attempt.js';
import { attemptByKind, attemptOf, makeCurrent, publishUser } from './request-attempts.js';
import { errorOf, isBadToolKey } from './credential-verification.js';
import { DecisionRecord } from './decision-record.js';
import { DecisionSpans } from './decision-spans.js';
import { runSteps, StepServices } from './run-steps.js';
import { admission, identification } from './steps.js';

/** Decides requests for the guards: runs the steps, records their decision, and sends the caller the terms of its key. */
@Injectable()
export class DecisionService {
  constructor(
    private readonly services: StepServices,
    private readonly record: DecisionRecord,
    private readonly clock: Clock,
    private readonly spans: DecisionSpans,
    readonly handshakes: Handshakes,
  ) {}

  /** Finds out who sends the request, once for each request; at once for a cached credential. Never rejects. */
  identify(request: HttpRequest): Attempt | Promise<Attempt> {
    return this.identifyBy(attemptOf(request));
  }

  /**
   * The caller that a credential of this kind stands for, as a Passport strategy asks: admitted, charged and counted, and from then
   * on the caller of the request. `undefined` where there is no such credential, or where it is a bad tool key and another credential
   * may do. Rejects with the rejection; if a credential is required, also of a request without any.
   */
  async decideByKind(
    received: HttpRequest,
    kind: CredentialKind,
    { isRequired, ...asked }: Pick<GuardQuestion, 'rules' | 'response'> & { readonly isRequired: boolean },
  ): Promise<AuthenticatedUser | undefined> {
    const question = { ...asked, guard: admitAll, isDeciding: true };
    const request = this.handshakes.eachTime(received);
    const credentials = this.services.reader.read(request);
    const attempt = await attemptByKind(request, kind, credentials);
    if (attempt === undefined && isRequired && credentials.length === 0)
      await this.admit(await this.identify(request), question);
    if (attempt === undefined) return undefined;
    const { rejection } = await this.identifyBy(attempt);
    if (kind === 'tool_key' && rejection !== undefined && isBadToolKey(rejection)) {
      if (credentials.some((other) => other.kind !== kind)) return undefined;
    }
    await this.admit(attempt, question);
    makeCurrent(attempt);
    return attempt.user;
  }

  private identifyBy(attempt: Attempt): Attempt | Promise<Attempt> {
    if (attempt.isIdentified) return attempt;
    attempt.startedAt ??= this.spans.now();
    if (attempt.identifying !== undefined) return attempt.identifying;
    if (attempt.whole !== attempt) return this.identifyField(attempt);
    const rejection = runSteps(identification, attempt, this.services);
    if (!(rejection instanceof Promise)) return this.identified(attempt, rejection);
    attempt.identifying = this.identifyLate(attempt, rejection);
    return attempt.identifying;
  }

  /** Whether the guard admits the request; throws the rejection. Guards that ask at the same time take turns. */
  admit(attempt: Attempt, question: GuardQuestion): boolean | Promise<boolean> {
    if (attempt.deciding !== undefined) return this.admitNext(attempt, question, attempt.deciding);
    attempt.ask(question);
    const { user, terms, response, isAdmitted } = attempt;
    if (user === undefined && this.admitsAnonymous(attempt)) return true;
    if (terms !== undefined && terms.announcedEnd !== null && response !== undefined && !isAdmitted)
      setExpiryHeader(response, terms.announcedEnd, this.clock.now());
    const rejection = runSteps(admission, attempt, this.services);
    if (!(rejection instanceof Promise)) return this.answer(attempt, rejection, isAdmitted);
    attempt.deciding = rejection.finally(() => {
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

  private identifyField(attempt: Attempt): Attempt | Promise<Attempt> {
    const whole = this.identifyBy(attempt.whole);
    return whole instanceof Promise
      ? whole.then((late) => attempt.identifyAs(late))
      : attempt.identifyAs(whole);
  }

  private async identifyLate(attempt: Attempt, rejection: Promise<Error | undefined>): Promise<Attempt> {
    return this.identified(attempt, await rejection.catch(errorOf));
  }

  private async answerLate(
    attempt: Attempt,
    rejection: Promise<Error | undefined>,
    wasAdmitted: boolean,
  ): Promise<boolean> {
    return this.answer(attempt, await rejection, wasAdmitted);
  }

  private identified(attempt: Attempt, rejection: Error | undefined): Attempt {
    attempt.isIdentified = true;
    // Bad credentials were recorded when they were verified.
    if (rejection !== undefined && attempt.user !== undefined) this.record.userRejected(attempt, rejection);
    if (rejection !== undefined) attempt.dropUser(rejection);
    // Without a user of its own it leaves alone what the application has put there.
    else if (attempt.user !== undefined) publishUser(attempt);
    return attempt;
  }

  private answer(
    attempt: Attempt,
    rejection: Error | undefined,
    wasAdmitted: boolean,
  ): boolean | Promise<boolean> {
    if (rejection === undefined) {
      if (!wasAdmitted && attempt.isUse) this.record.admitted(attempt);
      return true;
    }
    // That of the credential is recorded, and a request that was admitted and charged counts once.
    if (rejection !== attempt.rejection && !wasAdmitted && attempt.countsRejection())
      this.record.guardRejected(attempt, rejection);
    if (attempt.dropsUser) {
      attempt.dropUser(rejection);
      publishUser(attempt);
      if (this.admitsAnonymous(attempt)) return true;
    } else if (attempt.terms?.limit != null && !wasAdmitted && attempt.whole === attempt) {
      return this.rejectWithLimit(attempt, rejection);
    }
    // Not thrown, which would take a tenth of the time of a rejected request.
    return Promise.reject(rejection);
  }

  private admitsAnonymous({ guard, rules, rejection }: Attempt): boolean {
    return guard.admitsAnonymous(rules, rejection);
  }

  /** The request is rejected, and stays so when the limit cannot be read. */
  private async rejectWithLimit({ terms, response }: Attempt, rejection: Error): Promise<never> {
    try {
      const limit = terms === undefined ? null : await this.services.charges.limitOf(terms);
      if (limit !== null && response !== undefined) setLimitHeaders(response, limit);
    } catch {}
    throw rejection;
  }
}
