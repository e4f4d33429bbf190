import { HttpException, Injectable } from '@nestjs/common';
import { Attempt, type AttemptOptions } from '../auth/decision/attempt.js';
import { errorOf } from '../auth/decision/credential-verification.js';
import { outcomeOfError } from '../auth/decision/decision-counts.js';
import { type Step, StepServices } from '../auth/decision/run-steps.js';
import {
  admission,
  admitCaller,
  chargeKey,
  checkBounds,
  identification,
  verifyCredential,
} from '../auth/decision/steps.js';
import { Authenticated } from '../auth/guards.js';
import { type RouteRules, rulesOfRoute } from '../auth/route-rules.js';
import { ApplicationRoutes, type RouteTarget } from '../auth/routes/application-routes.js';
import { keyRejectionOf } from '../auth/verifiers/verified-credential.js';
import { BoundedJson } from '../http/validation.js';
import type { HttpRequest } from '../http/http-request.js';
import { FailedAuthentications } from '../limits/failed-authentications.js';
import type { LimitState } from '../limits/key-limits.js';
import { AuthError } from '../principal/auth-error.js';
import type { KeyExplanation } from './explain.schemas.js';

/** A guard of the route, and what it asks of the request. */
interface AskedGuard {
  readonly name: string;
  readonly rules: RouteRules;
  readonly isDeciding: boolean;
}

/** A request as it would be decided, with everything that is against it. */
export interface ExplainedRequest {
  readonly attempt: Attempt;
  /** No guard looks at the credential. */
  readonly isOpen: boolean;
  readonly guards: readonly AskedGuard[];
  /** Guards of the application, which are not asked. */
  readonly notAsked: readonly string[];
  /** The first rejection of each step that rejects. */
  readonly rejections: ReadonlyMap<Step, Error>;
  /** The first guard that rejects such callers, or the request for a reason of its own. */
  readonly rejectedBy: string | null;
  /** False: the answer does not say whether the address is limited. */
  readonly seesAddress: boolean;
  /** The address has sent so many bad credentials that this one is answered 429. */
  readonly isAddressLimited: boolean;
  readonly limit: LimitState | null;
  readonly result: KeyExplanation['result'];
}

/** Runs the steps of a decision without committing, and past the first rejection. */
@Injectable()
export class RequestExplainer {
  constructor(
    private readonly services: StepServices,
    private readonly routes: ApplicationRoutes,
    private readonly failures: FailedAuthentications,
  ) {}

  /** `seesAddress`: the failures of the address count, which are not those of one owner alone. */
  async explain(
    target: RouteTarget,
    request: HttpRequest,
    examined: AttemptOptions['examined'],
    seesAddress: boolean,
  ): Promise<ExplainedRequest> {
    const attempt = new Attempt(request, { commits: false, credentials: [], examined });
    const run = new Run(attempt, this.services);
    const bad = await run.identify();
    const answer = seesAddress ? this.answerTo(bad, request) : bad;
    const isAddressLimited = answer !== bad;
    if (isAddressLimited) run.rejection = answer;
    const guards = this.routes.guardsOf(target).filter((guard) => !(guard instanceof BoundedJson));
    const ofRoute = rulesOfRoute(target.controller, target.method);
    for (const guard of guards) if (guard instanceof Authenticated) await run.pass(guard, ofRoute);
    const terms = examined?.verified?.terms;
    return {
      attempt,
      isOpen: run.isOpen,
      guards: run.guards,
      notAsked: guards
        .filter((guard) => !(guard instanceof Authenticated))
        .map(({ constructor }) => constructor.name),
      rejections: run.rejections,
      rejectedBy: run.rejectedBy,
      seesAddress,
      isAddressLimited,
      limit: attempt.allowance?.limit ?? (terms && (await this.services.charges.limitOf(terms))) ?? null,
      result: run.result(),
    };
  }

  private answerTo(error: Error | undefined, { ip }: HttpRequest): Error | undefined {
    const isBad = error instanceof AuthError && error.getStatus() === 401;
    return isBad && ip !== undefined ? this.failures.responseFor(ip, error) : error;
  }
}

/** One request on its way past the guards. */
class Run {
  /** The first rejection of each step. */
  readonly rejections = new Map<Step, Error>();
  readonly guards: AskedGuard[] = [];
  /** Why the request is anonymous. */
  rejection: Error | undefined;
  /** What the caller is answered, if the handler is not reached. */
  answer: Error | undefined;
  private rejectingGuard: string | null = null;
  private answeringGuard: string | null = null;

  constructor(
    private readonly attempt: Attempt,
    private readonly services: StepServices,
  ) {}

  get isOpen(): boolean {
    return this.guards.length === 0 && this.answer === undefined;
  }

  /** The guard that rejects such callers, or else this request for a reason of its own. */
  get rejectedBy(): string | null {
    return this.rejectingGuard ?? (this.rejections.size > 0 ? null : this.answeringGuard);
  }

  /** Returns the rejection of the key itself: only that counts as a failure of the address. */
  async identify(): Promise<Error | undefined> {
    const first = await this.run(identification);
    this.rejection = first?.rejection;
    return first?.step === verifyCredential ? first.rejection : undefined;
  }

  async pass(guard: Authenticated, ofRoute: RouteRules): Promise<void> {
    if (guard.isSkippedBy(ofRoute)) return;
    const { attempt } = this;
    const name = guard.constructor.name;
    try {
      attempt.rules = guard.rulesFor(ofRoute, attempt.request);
    } catch (error) {
      return this.stop(name, errorOf(error));
    }
    attempt.guard = guard;
    attempt.isDeciding = guard.decidesFor(attempt.rules);
    this.guards.push({ name, rules: attempt.rules, isDeciding: attempt.isDeciding });
    const first = await this.run(admission);
    if (first?.step === admitCaller && attempt.user !== undefined) this.rejectingGuard ??= name;
    if (this.answer !== undefined) return;
    if (first?.step === chargeKey || first?.step === checkBounds) this.rejection ??= first.rejection;
    const isAnonymous = this.rejection !== undefined || attempt.user === undefined;
    const rejection = this.rejection ?? first?.rejection;
    if (rejection === undefined || (isAnonymous && guard.admitsAnonymous(attempt.rules, this.rejection)))
      return;
    this.stop(name, rejection);
  }

  result(): KeyExplanation['result'] {
    if (this.isOpen) return openResult;
    if (this.answer !== undefined) return rejectedResult(this.answer);
    if (this.rejection === undefined)
      return {
        ...openResult,
        as: this.attempt.user?.source.type === 'jwt' ? 'token' : 'key',
        outcome: 'VALID',
      };
    const outcome = keyRejectionOf(this.rejection)?.outcome ?? outcomeOfError(this.rejection);
    return { ...openResult, as: 'anonymous', outcome };
  }

  /** Runs all of the steps, and returns the first that rejects. */
  private async run(steps: readonly Step[]): Promise<{ step: Step; rejection: Error } | undefined> {
    let first: { step: Step; rejection: Error } | undefined;
    for (const step of steps) {
      const rejection = await step(this.attempt, this.services);
      if (rejection === undefined) continue;
      first ??= { step, rejection };
      if (this.attempt.user !== undefined && !this.rejections.has(step)) this.rejections.set(step, rejection);
    }
    return first;
  }

  private stop(name: string, answer: Error): void {
    if (this.answer !== undefined) return;
    this.answer = answer;
    this.answeringGuard = name;
  }
}

export const openResult: KeyExplanation['result'] = {
  admitted: true,
  as: null,
  status: null,
  code: null,
  outcome: null,
};

export function rejectedResult(error: Error): KeyExplanation['result'] {
  const status = error instanceof HttpException ? error.getStatus() : 500;
  const code = error instanceof AuthError ? error.code : null;
  return { admitted: false, as: null, status, code, outcome: outcomeOfError(error) };
}
