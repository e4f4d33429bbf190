import type { HttpRequest, HttpResponse } from '../../http/http-request.js';
import type { Outcome } from '../../key-store/outcome.js';
import type { ReadOptions } from '../../database/database.js';
import type { AuthenticatedUser, RequestOrigin } from '../../principal/authenticated-user.js';
import type { Credential } from '../credentials/credential-reader.js';
import { requestOriginOf } from '../credentials/request-origin-of.js';
import { noRules, type RouteRules } from '../route-rules.js';
import type { ExaminedKey } from '../verifiers/key.verifier.js';
import type { KeyTerms, VerifiedCredential } from '../verifiers/verified-credential.js';
import type { Allowance, Charged } from './key-charges.js';

/** What a guard adds to the rules of a route. */
export interface CallerGuard {
  /** What the guard has against the caller; `undefined` if it admits the caller. */
  rejectionOf(user: AuthenticatedUser, rules: RouteRules, request: HttpRequest): Error | undefined;
  /** Whether the guard admits a request without a user. `rejection` says why there is none, if a credential was sent. */
  admitsAnonymous(rules: RouteRules, rejection: Error | undefined): boolean;
}

/** What a guard asks of a request. */
export interface GuardQuestion {
  readonly guard: CallerGuard;
  readonly rules: RouteRules;
  /** The guard checks roles and scopes and charges the key; otherwise it checks the kind of caller only. */
  readonly isDeciding: boolean;
  readonly response: HttpResponse | undefined;
}

/** What a key or token was found to be; a text that is neither has no `verified`. */
export type ExaminedCredential = Pick<ExaminedKey, 'error'> & { readonly verified?: VerifiedCredential };

/** How an attempt differs from an ordinary request. */
export interface AttemptOptions {
  /** False: no limit is charged and no use is recorded. */
  readonly commits?: boolean;
  readonly credentials?: readonly Credential[];
  readonly origin?: RequestOrigin;
  /** The owner that asks about the key of another caller. */
  readonly requester?: ReadOptions;
  /** A key that is already examined, in place of a credential. */
  readonly examined?: ExaminedCredential;
  /** Of the operation that a GraphQL field is part of. */
  readonly whole?: Attempt;
}

/** Everything that is known of a request while it is decided. All guards of a route work on the same attempt. */
export class Attempt {
  readonly commits: boolean;
  readonly requester: ReadOptions | undefined;
  readonly examined: ExaminedCredential | undefined;
  /** The attempt of the operation, for a field of GraphQL; otherwise this one. What it has is charged and counted once. */
  readonly whole: Attempt;
  /** In the order in which they are tried; `undefined` until they were read. */
  credentials: readonly Credential[] | undefined;
  /** The one that was verified or, without a user, the last one that was rejected. */
  credential: Credential | undefined;
  user: AuthenticatedUser | undefined;
  /** What a key may do; `undefined` for a JWT. */
  terms: KeyTerms | undefined;
  /** Why there is no user, if a credential was sent. */
  rejection: Error | undefined;
  /** What the latest rejection counts as in the usage of the key. */
  outcome: Outcome | undefined;
  /** Of an examined key: why the person behind it no longer acts for its owner. */
  holderRejection: Error | undefined;
  isIdentified = false;
  /** When its decision began, as `performance.now()` says; `undefined` where there are no spans. */
  startedAt: number | undefined;
  identifying: Promise<Attempt> | undefined;

  /** What the current guard asks; set by each guard of the route. */
  guard: CallerGuard = admitAll;
  rules: RouteRules = noRules;
  isDeciding = true;
  response: HttpResponse | undefined;
  /** Set while the decision of a guard waits for the charge. */
  deciding: Promise<Error | undefined> | undefined;
  /** Where the key stands after, or without, the charge. */
  allowance: Allowance | undefined;
  /** The latest rejection leaves no user: an optional guard admits the request as an anonymous one. */
  dropsUser = false;
  /** A deciding guard has admitted the request: it is charged and counted. */
  isAdmitted = false;
  /** This attempt counts as a use: of the fields of an operation only the first that is admitted. */
  isUse = false;
  /** It is that of an operation, whose fields are decided one by one. */
  hasFields = false;
  /** The request carries one message, whose handler is decided with it, once. */
  hasOneMessage = false;
  /** What a guard that decides by the body has read of the request. */
  asked: unknown;

  limitCharge: Charged['limitCharge'];
  budgetCharge: Charged['budgetCharge'];

  private knownOrigin: RequestOrigin | undefined;
  private isRejectionCounted = false;

  constructor(
    public request: HttpRequest,
    { commits = true, credentials, origin, requester, examined, whole }: AttemptOptions = {},
  ) {
    this.commits = commits;
    this.credentials = credentials;
    this.knownOrigin = origin;
    this.requester = requester;
    this.examined = examined;
    this.whole = whole ?? this;
  }

  get origin(): RequestOrigin {
    return (this.knownOrigin ??= requestOriginOf(this.request));
  }

  /** Continues with the same request as the framework has prepared it. */
  moveTo(request: HttpRequest): void {
    this.request = request;
    if (this.user !== undefined) request.user = this.user;
  }

  /** From here on the steps decide for this guard. */
  ask({ guard, rules, isDeciding, response }: GuardQuestion): void {
    this.guard = guard;
    this.rules = rules;
    this.isDeciding = isDeciding;
    this.response = response;
  }

  /** The credential is good and stands for this user. */
  actAs({ user, terms }: VerifiedCredential): void {
    this.user = user;
    this.terms = terms;
  }

  /** The caller of a field is that of its operation. */
  identifyAs({ credentials, credential, user, terms, rejection }: Attempt): this {
    Object.assign(this, { credentials, credential, user, terms, rejection, isIdentified: true });
    return this;
  }

  admit(): void {
    this.isUse = !this.whole.isAdmitted;
    this.isAdmitted = this.whole.isAdmitted = true;
  }

  /** Whether a rejection counts: of the fields of an operation only the first one. */
  countsRejection(): boolean {
    if (this.whole === this) return true;
    const { isRejectionCounted } = this.whole;
    this.whole.isRejectionCounted = true;
    return !isRejectionCounted;
  }

  /** From here on the request is anonymous. */
  dropUser(rejection: Error): void {
    this.user = undefined;
    this.terms = undefined;
    this.rejection = rejection;
  }
}

export const admitAll: CallerGuard = { rejectionOf: () => undefined, admitsAnonymous: () => false };
