import { type CredentialAttempt, FailedAuthentications } from '../../limits/failed-authentications.js';
import type { ReadOptions } from '../../database/database.js';
import { AuthError, type ErrorCode } from '../../principal/auth-error.js';
import type { RequestOrigin } from '../../principal/authenticated-user.js';
import type { Credential, CredentialKind } from '../credentials/credential-reader.js';
import type { OwnerChoice } from '../owners/owner-choice.js';
import type { CredentialVerifier, VerifiedCredential } from '../verifiers/verified-credential.js';
import type { Attempt } from './attempt.js';
import type { DecisionRecord } from './decision-record.js';

/** How one kind of credential is verified. */
export interface CredentialMethod {
  readonly kind: CredentialKind;
  /** Of a custom credential. */
  readonly name?: string;
  readonly verifier: CredentialVerifier;
}

const codeOfBad: Record<CredentialKind, ErrorCode> = {
  tool_key: 'INVALID_TOOL_KEY',
  api_key: 'INVALID_API_KEY',
  jwt: 'INVALID_TOKEN',
  custom: 'INVALID_CREDENTIAL',
};

/** Verifies the credentials of a request, from the cache at once. */
export class CredentialVerification {
  private readonly methods: ReadonlyMap<string, CredentialMethod>;

  constructor(
    methods: readonly CredentialMethod[],
    private readonly owners: OwnerChoice,
    private readonly failures: FailedAuthentications,
    private readonly record: DecisionRecord,
  ) {
    this.methods = new Map(methods.map((method) => [placeOf(method), method]));
  }

  /** The first credential that is present decides; only after a bad tool key the next one is tried. */
  verify(attempt: Attempt): Error | undefined | Promise<Error | undefined> {
    const { credentials = [], request } = attempt;
    const [first] = credentials;
    if (first === undefined) return undefined;
    const verifier = first.value === null ? undefined : this.methods.get(placeOf(first))?.verifier;
    const value = first.value ?? '';
    const cached = verifier?.getCached(value, request);
    if (cached !== undefined && !this.owners.mustConfirmHolder(cached)) {
      attempt.credential = first;
      attempt.actAs(cached);
      return undefined;
    }
    // Most guesses end here, at next to no cost.
    const rejection = first.kind === 'api_key' ? verifier?.rejectedAtOnce(value) : undefined;
    if (rejection === undefined) return this.verifyInOrder(attempt, credentials);
    attempt.credential = first;
    const error = this.failures.countFailure(attempt.origin.ip, attemptOf(first), rejection);
    this.record.credentialRejected(attempt, 'api_key', error);
    return error;
  }

  /** One credential, whatever else the request carries. No failure is counted or recorded. */
  async verifyOne(
    credential: Credential,
    origin: RequestOrigin,
    requester?: ReadOptions,
  ): Promise<VerifiedCredential> {
    const cached = this.cachedOf(credential, origin);
    if (cached !== undefined && !this.owners.mustConfirmHolder(cached)) return cached;
    return this.verifyNew(credential, origin, requester);
  }

  /** The same for a credential that was not found in the cache. */
  private async verifyNew(
    credential: Credential,
    origin: RequestOrigin,
    requester?: ReadOptions,
  ): Promise<VerifiedCredential> {
    const verified = await this.runMethod(credential, origin, requester);
    if (!this.owners.mustConfirmHolder(verified)) return verified;
    const confirmed = await this.owners.confirmHolder(verified);
    const ended = await this.recheck(credential, origin, requester);
    if (ended !== undefined) throw ended;
    return confirmed;
  }

  /**
   * The error of a token or key that ended while the application was asked about owners. The application is not asked
   * twice about a credential that it verifies. Never rejects.
   */
  async recheck(
    credential: Credential,
    origin: RequestOrigin,
    requester?: ReadOptions,
  ): Promise<AuthError | undefined> {
    const verifier = this.methods.get(placeOf(credential))?.verifier;
    if (verifier?.asksApplication(credential.value ?? '') === true) return undefined;
    try {
      if (this.cachedOf(credential, origin) === undefined)
        await this.runMethod(credential, origin, requester);
      return undefined;
    } catch (error) {
      return error instanceof AuthError ? error : new AuthError('AUTH_UNAVAILABLE', { cause: error });
    }
  }

  private async verifyInOrder(
    attempt: Attempt,
    credentials: readonly Credential[],
  ): Promise<Error | undefined> {
    let badToolKey: Error | undefined;
    for (const credential of credentials) {
      attempt.credential = credential;
      try {
        attempt.actAs(await this.verifyBounded(credential, attempt.origin));
        return undefined;
      } catch (thrown) {
        const error = errorOf(thrown);
        this.record.credentialRejected(attempt, credential.kind, error);
        if (credential.kind !== 'tool_key' || !isBadToolKey(error)) return error;
        badToolKey = error;
      }
    }
    return badToolKey;
  }

  /** Within the failures and lookups that the address has left. */
  private verifyBounded(credential: Credential, origin: RequestOrigin): Promise<VerifiedCredential> {
    const { value } = credential;
    const needsLookup =
      value !== null && this.methods.get(placeOf(credential))?.verifier.needsLookup(value) === true;
    return this.failures.check(origin.ip, attemptOf(credential), needsLookup, () =>
      this.verifyNew(credential, origin),
    );
  }

  private cachedOf(credential: Credential, { ip }: RequestOrigin): VerifiedCredential | undefined {
    const { value } = credential;
    if (value === null) return undefined;
    return this.methods.get(placeOf(credential))?.verifier.getCached(value, { ip: ip ?? undefined });
  }

  private async runMethod(
    credential: Credential,
    origin: RequestOrigin,
    requester?: ReadOptions,
  ): Promise<VerifiedCredential> {
    const { kind, value } = credential;
    const method = this.methods.get(placeOf(credential));
    if (value === null || method === undefined)
      throw new AuthError(codeOfBad[kind], { cause: 'it was sent more than once' });
    return method.verifier.verify(value, origin, requester);
  }
}

/** Links a credential with its method: the application may have several of its own. */
function placeOf({ kind, name }: Pick<Credential, 'kind' | 'name'>): string {
  return kind === 'custom' ? `custom ${name}` : kind;
}

function attemptOf(credential: Credential): CredentialAttempt {
  return { place: placeOf(credential), value: credential.value };
}

/** A tool key that is bad, or that is not looked up because its sender sent too many bad ones. */
export function isBadToolKey(error: Error): boolean {
  return error instanceof AuthError && (error.code === 'INVALID_TOOL_KEY' || error.code === 'RATE_LIMITED');
}

/** What was thrown, as an `Error`: code of the application may throw anything. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error('A value was thrown that is not an Error', { cause: thrown });
}
