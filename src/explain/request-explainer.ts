import { HttpException, Injectable } from '@nestjs/common';
import { Attempt, type AttemptOptions } from '../auth/decision/attempt.js';
import { errorOf } from '../auth/decision/credential-verification.js';
import { outcomeOfError } from '../auth/decision/decision-counts.js';
import {
  admission,
  admitCaller,
  chargeKey,
  DecisionServices,
  identification,
  type Step,
  verifyCredential,
} from '../auth/decision/steps.js';
import { Authenticated } from '../auth/guards.js';
import { type RouteRules, rulesOfRoute } from '../auth/route-rules.js';
import { ApplicationRoutes, type RouteTarget } from '../auth/routes/application-routes.js';
import { keyRefusalOf } from '../auth/verifiers/verified-credential.js';
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
  /** The first refusal of each step that refuses. */
  readonly refusals: ReadonlyMap<Step, Error>;
  /** The first guard that refuses such callers, or the request for a reason of its own. */
  readonly refusedBy: string | null;
  /** False: the answer does not say whether the address is limited. */
  readonly seesAddress: boolean;
  /** The address has sent so many bad credentials that this one is answered 429. */
  readonly isAddressLimited: boolean;
  readonly limit: LimitState | null;
  readonly result: KeyExplanation['result'];
}

/** Runs the steps of a decision without committing, and past the first refusal. */
@Injectable()
export class RequestExplainer {
  constructor(
    private readonly services: DecisionServices,
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
    if (isAddressLimited) run.refusal = answer;
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
      refusals: run.refusals,
      refusedBy: run.refusedBy,
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
  /** The first refusal of each step. */
  readonly refusals = new Map<Step, Error>();
  readonly guards: AskedGuard[] = [];
  /** Why the request is anonymous. */
  refusal: Error | undefined;
  /** What the caller is answered, if the handler is not reached. */
  answer: Error | undefined;
  private refusingGuard: string | null = null;
  private answeringGuard: string | null = null;

  constructor(
    private readonly attempt: Attempt,
    private readonly services: DecisionServices,
  ) {}

  get isOpen(): boolean {
    return this.guards.length === 0 && this.answer === undefined;
  }

  /** The guard that refuses such callers, or else this request for a reason of its own. */
  get refusedBy(): string | null {
    return this.refusingGuard ?? (this.refusals.size > 0 ? null : this.answeringGuard);
  }

  /** Returns the refusal of the key itself: only that counts as a failure of the address. */
  async identify(): Promise<Error | undefined> {
    const first = await this.run(identification);
    this.refusal = first?.refusal;
    return first?.step === verifyCredential ? first.refusal : undefined;
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
    if (first?.step === admitCaller && attempt.user !== undefined) this.refusingGuard ??= name;
    if (this.answer !== undefined) return;
    if (first?.step === chargeKey) this.refusal ??= first.refusal;
    const isAnonymous = this.refusal !== undefined || attempt.user === undefined;
    const refusal = this.refusal ?? first?.refusal;
    if (refusal === undefined || (isAnonymous && guard.admitsAnonymous(attempt.rules, this.refusal))) return;
    this.stop(name, refusal);
  }

  result(): KeyExplanation['result'] {
    if (this.isOpen) return openResult;
    if (this.answer !== undefined) return refusedResult(this.answer);
    if (this.refusal === undefined) return { ...openResult, as: 'key', outcome: 'VALID' };
    const outcome = keyRefusalOf(this.refusal)?.outcome ?? outcomeOfError(this.refusal);
    return { ...openResult, as: 'anonymous', outcome };
  }

  /** Runs all of the steps, and returns the first that refuses. */
  private async run(steps: readonly Step[]): Promise<{ step: Step; refusal: Error } | undefined> {
    let first: { step: Step; refusal: Error } | undefined;
    for (const step of steps) {
      const refusal = await step(this.attempt, this.services);
      if (refusal === undefined) continue;
      first ??= { step, refusal };
      if (this.attempt.user !== undefined && !this.refusals.has(step)) this.refusals.set(step, refusal);
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

export function refusedResult(error: Error): KeyExplanation['result'] {
  const status = error instanceof HttpException ? error.getStatus() : 500;
  const code = error instanceof AuthError ? error.code : null;
  return { admitted: false, as: null, status, code, outcome: outcomeOfError(error) };
}
