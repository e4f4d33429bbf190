import type { RequestOrigin } from '../principal/authenticated-user.js';
import type { AuthError } from '../principal/auth-error.js';
import type { CredentialKind } from './credentials/credential-reader.js';
import type { HttpRequest } from '../http/http-request.js';
import type { VerifiedCredential } from './verifiers/verified-credential.js';
import { HeaderAPIKeyStrategy } from 'passport-headerapikey';
import passport from 'passport';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ApiKeyVerifier, ToolKeyVerifier } from './verifiers/key.verifier.js';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { UserVerifier } from './verifiers/user.verifier.js';

/** Where every strategy finds its credential, whichever header it came in. */
export const credentialHeader = 'credential';

/** What a strategy sees of a request: the one credential it is to judge, and where the request came from. */
export interface StrategyRequest {
  readonly headers: { readonly [credentialHeader]: string };
  readonly origin: RequestOrigin;
}

/** Token of the strategies in use, one for each kind of credential, and for each that is the application's own. */
export const credentialStrategies = Symbol('CredentialStrategies');

/** A Passport strategy, or one like it, that also answers a repeated credential from memory, before Passport is entered. */
export interface CredentialStrategy {
  readonly kind: CredentialKind;
  /** Of a custom one. */
  readonly name?: string;
  /** See `CredentialVerifier.recall`. */
  recall(credential: string, request: Pick<HttpRequest, 'ip'>): VerifiedCredential | undefined;
  /** See `CredentialVerifier.refuse`. */
  refuse(credential: string): AuthError | undefined;
  /** See `CredentialVerifier.isStranger`. */
  isStranger(credential: string): boolean;
  /** Passport's entry; it reports through `success`, `fail` and `error` of the object it is called on. */
  authenticate(request: unknown, options?: unknown): void;
}

type Done = (error: Error | null, verified?: object) => void;

/** passport-headerapikey with `done` last, where @nestjs/passport looks for it, so that a verifier sees the request. */
export class HeaderKeyStrategy extends HeaderAPIKeyStrategy {
  constructor(verify: (key: string, request: StrategyRequest, done: Done) => void) {
    super({ header: credentialHeader, prefix: '' }, true, (key, done, request) =>
      verify(key, request as unknown as StrategyRequest, done),
    );
  }
}

/**
 * A registry that only one strategy is in. Passport's own is one per process, where the strategies of a second
 * application would replace those of the first.
 */
export function ownPassport(): passport.Authenticator {
  return new passport.Passport();
}

/** Passport's strategy for the API keys of users and owners. */
@Injectable()
export class ApiKeyStrategy
  extends PassportStrategy(HeaderKeyStrategy, 'api-key')
  implements CredentialStrategy
{
  readonly kind = 'api_key';

  constructor(private readonly verifier: ApiKeyVerifier) {
    super();
  }

  recall(key: string, request: Pick<HttpRequest, 'ip'>): VerifiedCredential | undefined {
    return this.verifier.recall(key, request);
  }

  refuse(key: string): AuthError | undefined {
    return this.verifier.refuse(key);
  }

  isStranger(key: string): boolean {
    return this.verifier.isStranger(key);
  }

  validate(key: string, { origin }: StrategyRequest): Promise<VerifiedCredential> {
    return this.verifier.verify(key, origin);
  }

  protected getPassportInstance(): unknown {
    return ownPassport();
  }
}

/** Passport's strategy for the tool keys of agents. */
@Injectable()
export class ToolKeyStrategy
  extends PassportStrategy(HeaderKeyStrategy, 'tool-key')
  implements CredentialStrategy
{
  readonly kind = 'tool_key';

  constructor(private readonly verifier: ToolKeyVerifier) {
    super();
  }

  recall(key: string, request: Pick<HttpRequest, 'ip'>): VerifiedCredential | undefined {
    return this.verifier.recall(key, request);
  }

  refuse(key: string): AuthError | undefined {
    return this.verifier.refuse(key);
  }

  isStranger(key: string): boolean {
    return this.verifier.isStranger(key);
  }

  validate(key: string, { origin }: StrategyRequest): Promise<VerifiedCredential> {
    return this.verifier.verify(key, origin);
  }

  protected getPassportInstance(): unknown {
    return ownPassport();
  }
}

const tokenOf = ExtractJwt.fromHeader(credentialHeader);

/**
 * Passport's strategy for the JWTs of people. The token goes to our own verifier and not to passport-jwt's, which
 * knows no EdDSA, takes several spellings of one token, and reports a bad token as an absent one.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') implements CredentialStrategy {
  readonly kind = 'jwt';

  constructor(private readonly verifier: UserVerifier) {
    super({ jwtFromRequest: tokenOf, secretOrKeyProvider: (_request, _token, done) => done('unused') });
  }

  recall(token: string): VerifiedCredential | undefined {
    return this.verifier.recall(token);
  }

  refuse(): undefined {}

  isStranger(): boolean {
    return this.verifier.isStranger();
  }

  override authenticate(request: Parameters<Strategy['authenticate']>[0]): void {
    const token = tokenOf(request);
    if (token === null) return this.fail(401);
    this.validate(request as unknown as StrategyRequest, token).then(
      (verified) => this.success(verified),
      (error: Error) => this.error(error),
    );
  }

  validate(request: StrategyRequest, token: string): Promise<VerifiedCredential> {
    return this.verifier.verify(token, request.origin);
  }

  protected getPassportInstance(): unknown {
    return ownPassport();
  }
}

/**
 * Runs one Passport strategy on one credential, as `passport.authenticate` would, without the session and redirect
 * machinery around it. Resolves with `undefined` when the strategy fails without an error of its own.
 */
export function runStrategy(
  strategy: CredentialStrategy,
  request: StrategyRequest,
): Promise<VerifiedCredential | undefined> {
  return new Promise((resolve, reject) => {
    const fail = () => resolve(undefined);
    const reports = { success: resolve, error: reject, fail, pass: fail, redirect: fail };
    const attempt = Object.assign(Object.create(strategy) as CredentialStrategy, reports);
    attempt.authenticate(request);
  });
}
