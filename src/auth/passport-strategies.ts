import { challengeOf } from '../http/response-headers.js';
import type { HttpRequest, HttpResponse } from '../http/http-request.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { isScope, type Scope, scopeRule } from '../principal/scopes.js';
import type { CredentialKind } from './credentials/credential-reader.js';
import { decisionFor } from './decision/applications.js';
import { errorOf } from './decision/credential-verification.js';
import { noRules, type RouteRules } from './route-rules.js';

/** What a strategy reads of the options of `passport.authenticate()` and `AuthGuard.getAuthenticateOptions()`. */
interface StrategyOptions {
  /** The scopes that the caller must hold, as `@RequireScopes` says it to our guards. */
  readonly scope?: Scope | readonly Scope[];
  /** As `@AllowBounded()`. */
  readonly allowBounded?: boolean;
  /** A request without any credential is an error, as for our guards; strategies after this one are not tried. */
  readonly required?: boolean;
  /** Gets the headers of a key's limit; needed in Fastify only. */
  readonly response?: HttpResponse;
}

/** Express has the response there; Fastify does not. */
type StrategyRequest = HttpRequest & { readonly res?: Partial<HttpResponse> };

/**
 * A strategy of Passport for one kind of credential. It runs the steps that our guards run. Every application has the same
 * strategies: they decide for the one that serves the request.
 */
class GatehouseStrategy {
  /** Passport sets these three for each request. */
  declare readonly success: (user: AuthenticatedUser) => void;
  declare readonly fail: (challenge: string | undefined, status: number) => void;
  declare readonly error: (error: Error) => void;

  constructor(
    readonly name: string,
    private readonly kind: CredentialKind,
  ) {}

  /** An absent credential fails, so that Passport tries the next strategy; a bad one is an error, which ends the request. */
  authenticate(request: StrategyRequest, options: StrategyOptions = {}): void {
    this.run(request, options).catch((thrown: unknown) => this.error(errorOf(thrown)));
  }

  private async run(request: StrategyRequest, options: StrategyOptions): Promise<void> {
    const rules = rulesOf(options);
    const decision = decisionFor(request, `The strategy ${this.name}`);
    const ofRequest = request.res?.header === undefined ? undefined : (request.res as HttpResponse);
    const { required = false, response = ofRequest } = options;
    const question = { rules, response, isRequired: required };
    const user = await decision.decideByKind(request, this.kind, question);
    if (user !== undefined) this.success(user);
    else this.fail(challengeOf(new AuthError('MISSING_TOKEN')), 401);
  }
}

const strategies = [
  new GatehouseStrategy('gatehouse-jwt', 'jwt'),
  new GatehouseStrategy('gatehouse-api-key', 'api_key'),
  new GatehouseStrategy('gatehouse-tool-key', 'tool_key'),
];

/** Registers the strategies with the application's Passport. One without Passport has no use for them. */
export async function registerStrategies(): Promise<void> {
  const loaded = await import('passport').catch(() => undefined);
  for (const strategy of strategies) loaded?.default.use(strategy.name, strategy as never);
}

function rulesOf({ scope = [], allowBounded = false }: StrategyOptions): RouteRules {
  const scopes = [scope].flat();
  const wrong = scopes.find((one) => !isScope(one));
  if (wrong !== undefined) throw new Error(`The option scope of a strategy is '${wrong}': ${scopeRule}.`);
  return { ...noRules, scopes, allowsBounded: allowBounded };
}
