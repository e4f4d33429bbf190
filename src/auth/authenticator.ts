import { Inject, Injectable } from '@nestjs/common';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import type { ErrorCode } from '../principal/error-codes.js';
import type { RequestOrigin } from '../principal/request-origin.js';
import { KeyUsage } from '../usage/key-usage.js';
import { type Authentication, nobody, remember, remembered } from './authentication.js';
import type { Credential, CredentialKind } from './credentials/credential.js';
import { CredentialReader } from './credentials/credential-reader.js';
import type { HttpRequest } from './credentials/http-request.js';
import { requestOriginOf } from './credentials/request-origin-of.js';
import { RefusalLog } from './refusal-log.js';
import { credentialStrategies, type CredentialStrategy } from './strategies/credential-strategy.js';
import { runStrategy } from './strategies/run-strategy.js';

const codeOfBad: Record<CredentialKind, ErrorCode> = {
  tool_key: 'INVALID_TOOL_KEY',
  api_key: 'INVALID_API_KEY',
  jwt: 'INVALID_TOKEN',
};

/** Finds out who sends a request: once per request, whichever guards ask. */
@Injectable()
export class Authenticator {
  private readonly strategies: ReadonlyMap<CredentialKind, CredentialStrategy>;

  constructor(
    @Inject(credentialStrategies) strategies: readonly CredentialStrategy[],
    private readonly reader: CredentialReader,
    private readonly usage: KeyUsage,
    private readonly refusals: RefusalLog,
  ) {
    this.strategies = new Map(strategies.map((strategy) => [strategy.kind, strategy]));
  }

  /** Answers at once for a credential that was verified before. Never throws: what went wrong is in the answer. */
  authenticate(request: HttpRequest): Authentication | Promise<Authentication> {
    return remembered(request) ?? remember(request, this.recall(request));
  }

  private recall(request: HttpRequest): Authentication | Promise<Authentication> {
    const credentials = this.reader.read(request);
    const [first] = credentials;
    if (first === undefined) return nobody;
    const user = first.value === null ? undefined : this.strategies.get(first.kind)?.recall(first.value);
    return user === undefined ? this.verifyInOrder(request, credentials) : this.welcome(request, user);
  }

  private async verifyInOrder(
    request: HttpRequest,
    credentials: readonly Credential[],
  ): Promise<Authentication> {
    const origin = requestOriginOf(request);
    let badToolKey: unknown;
    for (const credential of credentials) {
      try {
        return remember(request, this.welcome(request, await this.verify(credential, origin)));
      } catch (error) {
        this.refusals.note(error, origin);
        if (!isBadToolKey(error)) return remember(request, { error });
        badToolKey = error;
      }
    }
    return remember(request, { error: badToolKey });
  }

  private async verify({ kind, value }: Credential, origin: RequestOrigin): Promise<AuthenticatedUser> {
    const strategy = this.strategies.get(kind);
    if (value === null || strategy === undefined) throw new AuthError(codeOfBad[kind]);
    const user = await runStrategy(strategy, { headers: { credential: value }, origin });
    if (user === undefined) throw new AuthError(codeOfBad[kind]);
    return user;
  }

  private welcome(request: HttpRequest, user: AuthenticatedUser): Authentication {
    request.user = user;
    this.usage.touch(user, () => requestOriginOf(request));
    return { user };
  }
}

/** The one credential whose badness does not end the request: the next one is tried. */
function isBadToolKey(error: unknown): boolean {
  return error instanceof AuthError && error.code === 'INVALID_TOOL_KEY';
}
