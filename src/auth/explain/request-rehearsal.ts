import { type CanActivate, Injectable } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { FailedAuthentications } from '../../limits/failed-authentications.js';
import type { LimitState } from '../../limits/key-limits.js';
import { AuthError } from '../../principal/auth-error.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import { type Role, type Scope, scopesLackedBy } from '../../principal/scopes.js';
import { AgentConfinement } from '../agent-confinement.js';
import type { Authentication } from '../authentication.js';
import type { HttpRequest } from '../../http/http-request.js';
import { lacksRole } from '../route-rules.js';
import { Authenticated, type GuardRehearsal } from '../guards.js';
import { KeyAllowance } from '../key-allowance.js';
import { OwnerChoice, readWanted } from '../owners/owner-choice.js';
import type { KeyTerms, VerifiedKey } from '../verifiers/verified-credential.js';
import type { RouteTarget } from './route-finder.js';

/** A request that nobody sends. */
export interface ImaginedRequest extends HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly query: Readonly<Record<string, unknown>>;
}

/** What guards asked of the principal. */
export interface RulesFinding {
  readonly guards: readonly string[];
  /** The first guard that keeps out principals like this one, or refuses the request for a reason of its own. */
  readonly keptOutBy: string | null;
  readonly roles: readonly Role[];
  readonly lacksRole: boolean;
  readonly scopes: readonly Scope[];
  readonly missing: readonly Scope[];
  readonly isUnmetered: boolean;
}

/** What would become of the request. */
export interface Rehearsed {
  /** No guard of ours looks at the credential. */
  readonly isOpen: boolean;
  /** The key is bad, and its sender sent so many bad ones that this one is not answered with a 401 any more. */
  readonly isAddressOver: boolean;
  /** False: the failures of the address were not looked at, as they are not those of one owner. */
  readonly seesAddress: boolean;
  /** The 403 for a person in a request from an agent. */
  readonly confined: AuthError | undefined;
  /** Why the key does not count for the owner that the request is for. */
  readonly disowned: AuthError | undefined;
  /** Who it acts as, for the owner that was chosen; `undefined` where there is nobody behind it. */
  readonly user: AuthenticatedUser | undefined;
  readonly rules: RulesFinding;
  readonly limit: LimitState | null;
  /** `undefined` where the request does not get as far as its key's limit and budget. */
  readonly allowance:
    | { readonly lacks: 'RATE_LIMITED' | 'BUDGET_EXCEEDED' | null; readonly callsLeft: number | null }
    | undefined;
  /** What the caller is answered; `undefined` when the request reaches its handler … */
  readonly error: unknown;
  /** … as the bearer of the key, or as nobody. */
  readonly isKnown: boolean;
  /** Guards of the application that would be asked too, and are not asked here. */
  readonly unasked: readonly string[];
}

interface Walk {
  found: Authentication;
  readonly parts: GuardRehearsal[];
  allowance: Rehearsed['allowance'];
  error: unknown;
  /** The guard that threw it. */
  stoppedBy: string | null;
}

/** Leads a request past the guards of its route, by the decisions of those guards, and uses up and notes nothing. */
@Injectable()
export class RequestRehearsal {
  constructor(
    private readonly confinement: AgentConfinement,
    private readonly allowance: KeyAllowance,
    private readonly failures: FailedAuthentications,
    private readonly owners: OwnerChoice,
  ) {}

  /** `refused`: what there is against the key itself; there is nobody behind a key that is none. `seesAddress`: for admins. */
  async run(
    { controller, method, guards }: RouteTarget,
    request: ImaginedRequest,
    bearer: VerifiedKey | undefined,
    refused: AuthError | undefined,
    seesAddress: boolean,
  ): Promise<Rehearsed> {
    const confined = bearer === undefined ? undefined : this.confinement.refusalOf(request, bearer.user);
    const { user, disowned } = await this.chooseOwner(request, bearer);
    const against = refused ?? (disowned?.code === 'INVALID_TOOL_KEY' ? disowned : undefined);
    const answered = seesAddress ? this.answerOf(against, request) : against;
    const error = answered ?? confined ?? disowned;
    const found = error === undefined ? { ...bearer, user } : { error };
    const context = new ExecutionContextHost([request, {}], controller, method as never);
    const walk = await this.walk(guards, context, found);
    return {
      isOpen: walk.parts.length === 0 && walk.error === undefined,
      isAddressOver: answered !== against,
      seesAddress,
      confined,
      disowned,
      user,
      rules: rulesOf(walk, user, error !== undefined),
      limit: bearer === undefined ? null : await this.allowance.lookAtLimit(bearer.terms),
      allowance: walk.allowance,
      error: walk.error,
      isKnown: walk.found.user !== undefined,
      unasked: guards.filter((guard) => !(guard instanceof Authenticated)).map(nameOf),
    };
  }

  private async chooseOwner(
    { headers }: ImaginedRequest,
    bearer: VerifiedKey | undefined,
  ): Promise<Pick<Rehearsed, 'user' | 'disowned'>> {
    if (bearer === undefined) return { user: undefined, disowned: undefined };
    const settled = await this.owners.judge(bearer, readWanted(headers[this.owners.header]));
    if (settled instanceof AuthError) return { user: bearer.user, disowned: settled };
    return { user: settled.user, disowned: undefined };
  }

  private answerOf(refused: AuthError | undefined, { ip }: ImaginedRequest): AuthError | undefined {
    return refused === undefined || ip === undefined ? refused : this.failures.responseFor(ip, refused);
  }

  private async walk(
    guards: readonly CanActivate[],
    context: ExecutionContextHost,
    found: Authentication,
  ): Promise<Walk> {
    const walk: Walk = { found, parts: [], allowance: undefined, error: undefined, stoppedBy: null };
    for (const guard of guards) {
      if (!(guard instanceof Authenticated)) continue;
      try {
        await this.pass(walk, guard, context);
      } catch (error) {
        // What the guards after it ask for is told all the same.
        if (walk.stoppedBy === null) Object.assign(walk, { error, stoppedBy: nameOf(guard) });
      }
    }
    return walk;
  }

  private async pass(walk: Walk, guard: Authenticated, context: ExecutionContextHost): Promise<void> {
    const part = guard.rehearse(context);
    if (part.looksAway) return;
    walk.parts.push(part);
    if (walk.stoppedBy !== null) return;
    part.decide(walk.found);
    if (part.settles && walk.found.terms !== undefined) await this.settle(walk, part, walk.found.terms);
  }

  /** As `KeyTermsEnforcer`: who has nothing left is nobody from here on. */
  private async settle(walk: Walk, { rules, decide }: GuardRehearsal, terms: KeyTerms): Promise<void> {
    walk.allowance = await this.allowance.look(terms, !rules.isUnmetered);
    const { lacks } = walk.allowance;
    walk.found =
      lacks === null
        ? { user: walk.found.user }
        : { error: new AuthError(lacks, { cause: { outcome: lacks, key: terms.key } }) };
    if (lacks !== null) decide(walk.found);
  }
}

function rulesOf(walk: Walk, user: AuthenticatedUser | undefined, wasRefused: boolean): RulesFinding {
  const { parts, allowance, stoppedBy } = walk;
  const judging = parts.filter(({ settles }) => settles);
  const roles = [...new Set(judging.flatMap(({ rules }) => rules.roles))];
  const scopes = [...new Set(judging.flatMap(({ rules }) => rules.scopes))];
  const lacks = user !== undefined && lacksRole(user, roles);
  const missing = user === undefined ? [] : scopesLackedBy(user, scopes);
  const isExplained = wasRefused || lacks || missing.length > 0 || (allowance?.lacks ?? null) !== null;
  const keeper = parts.find((part) => user !== undefined && keepsOut(part, user))?.name;
  return {
    guards: parts.map(({ name }) => name),
    keptOutBy: keeper ?? (isExplained ? null : stoppedBy),
    roles,
    lacksRole: lacks,
    scopes,
    missing,
    isUnmetered: judging.some(({ rules }) => rules.isUnmetered),
  };
}

function keepsOut({ requireAdmitted }: GuardRehearsal, user: AuthenticatedUser): boolean {
  try {
    requireAdmitted(user);
    return false;
  } catch {
    return true;
  }
}

function nameOf(guard: CanActivate): string {
  return guard.constructor.name;
}
