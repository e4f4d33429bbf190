import { Inject, Injectable } from '@nestjs/common';
import { type CredentialAttempt, FailedAuthentications } from '../limits/failed-authentications.js';
import type { Outcome } from '../key-store/outcome.js';
import { AuthError, type ErrorCode } from '../principal/auth-error.js';
import type { RequestOrigin } from '../principal/authenticated-user.js';
import { KeyUsage } from '../usage/key-usage.js';
import { AgentConfinement } from './agent-confinement.js';
import { type Authentication, nobody, remember, remembered } from './authentication.js';
import { type Credential, type CredentialKind, CredentialReader } from './credentials/credential-reader.js';
import { CrossSite } from './credentials/cross-site.js';
import type { HttpRequest } from '../http/http-request.js';
import { requestOriginOf } from './credentials/request-origin-of.js';
import { Decisions } from './decision-counts.js';
import { OwnerChoice, type Settled } from './owners/owner-choice.js';
import { RefusalLog } from './refusal-log.js';
import { credentialStrategies, type CredentialStrategy, runStrategy } from './strategies.js';
import { refusalOf, type VerifiedCredential } from './verifiers/verified-credential.js';

const codeOfBad: Record<CredentialKind, ErrorCode> = {
  tool_key: 'INVALID_TOOL_KEY',
  api_key: 'INVALID_API_KEY',
  jwt: 'INVALID_TOKEN',
  custom: 'INVALID_CREDENTIAL',
};

/** Finds out who sends a request: once per request, whichever guards ask. */
@Injectable()
export class Authenticator {
  private readonly strategies: ReadonlyMap<string, CredentialStrategy>;

  constructor(
    @Inject(credentialStrategies) strategies: readonly CredentialStrategy[],
    private readonly reader: CredentialReader,
    private readonly failures: FailedAuthentications,
    private readonly usage: KeyUsage,
    private readonly refusals: RefusalLog,
    private readonly confinement: AgentConfinement,
    private readonly crossSite: CrossSite,
    private readonly decisions: Decisions,
    private readonly owners: OwnerChoice,
  ) {
    this.strategies = new Map(strategies.map((strategy) => [placeOf(strategy), strategy]));
  }

  /** Answers at once for a credential that was verified before. Never throws: what went wrong is in the answer. */
  authenticate(request: HttpRequest): Authentication | Promise<Authentication> {
    return remembered(request) ?? remember(request, this.recall(request));
  }

  private recall(request: HttpRequest): Authentication | Promise<Authentication> {
    const credentials = this.reader.read(request);
    const [first] = credentials;
    if (first === undefined) return nobody;
    const strategy = first.value === null ? undefined : this.strategies.get(placeOf(first));
    const value = first.value ?? '';
    const known = strategy?.recall(value, request);
    if (known !== undefined && !this.owners.mustConfirm(known)) return this.welcome(request, first, known);
    // Most of what is sent to be guessed at is seen through here, at next to no cost.
    const refused = first.kind === 'api_key' ? strategy?.refuse(value) : undefined;
    return refused === undefined
      ? this.verifyInOrder(request, credentials)
      : this.turnAway(request, first, refused);
  }

  private turnAway(request: HttpRequest, credential: Credential, refused: AuthError): Authentication {
    const origin = requestOriginOf(request);
    const error = this.failures.countFailure(origin.ip, attemptOf(credential), refused);
    this.refusals.note(error, origin);
    this.decisions.refused('api_key', error);
    return { error };
  }

  private async verifyInOrder(
    request: HttpRequest,
    credentials: readonly Credential[],
  ): Promise<Authentication> {
    const origin = requestOriginOf(request);
    let badToolKey: unknown;
    for (const credential of credentials) {
      try {
        const verified = await this.verify(credential, origin);
        return remember(request, await this.welcome(request, credential, verified));
      } catch (error) {
        this.refusals.note(error, origin);
        this.count(error, origin);
        this.decisions.refused(credential.kind, error);
        if (credential.kind !== 'tool_key' || !isBad(error)) return remember(request, { error });
        badToolKey = error;
      }
    }
    return remember(request, { error: badToolKey });
  }

  private verify(credential: Credential, origin: RequestOrigin): Promise<VerifiedCredential> {
    const attempt = attemptOf(credential);
    const { place, value } = attempt;
    const isLookup = value !== null && this.strategies.get(place)?.isStranger(value) === true;
    return this.failures.check(origin.ip, attempt, isLookup, () => this.run(credential, origin));
  }

  private async run(credential: Credential, origin: RequestOrigin): Promise<VerifiedCredential> {
    const verified = await this.runStrategyOf(credential, origin);
    if (!this.owners.mustConfirm(verified)) return verified;
    const settled = await this.stillGood(credential, origin, await this.owners.confirm(verified));
    if (settled instanceof AuthError) throw settled;
    return settled;
  }

  private async runStrategyOf(credential: Credential, origin: RequestOrigin): Promise<VerifiedCredential> {
    const { kind, value } = credential;
    const strategy = this.strategies.get(placeOf(credential));
    if (value === null || strategy === undefined) {
      throw new AuthError(codeOfBad[kind], { cause: 'it was sent more than once' });
    }
    const verified = await runStrategy(strategy, { headers: { credential: value }, origin });
    if (verified === undefined) throw new AuthError(codeOfBad[kind]);
    return verified;
  }

  /**
   * The same, but for a token, a key or its holder that ended while the application was asked about owners. A credential
   * of its own the application is not asked about twice. Never rejects.
   */
  private async stillGood(credential: Credential, origin: RequestOrigin, settled: Settled): Promise<Settled> {
    if (settled instanceof AuthError || credential.kind === 'custom') return settled;
    const strategy = this.strategies.get(placeOf(credential));
    const ip = origin.ip ?? undefined;
    try {
      if (strategy?.recall(credential.value ?? '', { ip }) === undefined)
        await this.runStrategyOf(credential, origin);
      return settled;
    } catch (error) {
      return error instanceof AuthError ? error : new AuthError('AUTH_UNAVAILABLE', { cause: error });
    }
  }

  private count(error: unknown, origin: RequestOrigin): void {
    const refusal = refusalOf(error);
    if (refusal?.key !== undefined) this.usage.refused(refusal.key, refusal.outcome, origin);
  }

  private keepOut(
    request: HttpRequest,
    { user, terms }: VerifiedCredential,
    error: AuthError,
    outcome: Outcome | undefined,
  ): Authentication {
    const origin = requestOriginOf(request);
    this.refusals.note(error, origin);
    this.decisions.refused(user.source.type, error);
    if (outcome === undefined) return { error };
    if (terms === undefined) this.usage.refusedWithoutKey(user, outcome, origin);
    else this.usage.refused(terms.key, outcome, origin, user);
    return { error };
  }

  private welcome(
    request: HttpRequest,
    credential: Credential,
    verified: VerifiedCredential,
  ): Authentication | Promise<Authentication> {
    const confined = this.confinement.refusalOf(request, verified.user);
    if (confined !== undefined) return this.keepOut(request, verified, confined, 'AGENT_CONTEXT');
    const foreign = this.crossSite.refusalOf(request, credential);
    if (foreign !== undefined) return this.keepOut(request, verified, foreign, 'CROSS_SITE');
    const settled = this.owners.settle(request, verified);
    return settled instanceof Promise
      ? settled
          .then((late) => this.stillGood(credential, requestOriginOf(request), late))
          .then((late) => remember(request, this.letIn(request, verified, late)))
      : this.letIn(request, verified, settled);
  }

  private letIn(request: HttpRequest, verified: VerifiedCredential, settled: Settled): Authentication {
    if (settled instanceof AuthError)
      return this.keepOut(request, verified, settled, refusalOf(settled)?.outcome);
    request.user = settled.user;
    return settled;
  }
}

/** Where a credential and its strategy meet: the application may have several of its own. */
function placeOf({ kind, name }: { readonly kind: CredentialKind; readonly name?: string }): string {
  return kind === 'custom' ? `custom ${name}` : kind;
}

function attemptOf(credential: Credential): CredentialAttempt {
  return { place: placeOf(credential), value: credential.value };
}

/** Of a tool key that is bad, or not looked at because its sender sent too many bad ones, the next credential is tried. */
function isBad(error: unknown): boolean {
  return error instanceof AuthError && (error.code === 'INVALID_TOOL_KEY' || error.code === 'RATE_LIMITED');
}
