import type { CanActivate, Type } from '@nestjs/common';
import type { Environment } from '../principal/authenticated-user.js';
import type { ApiKeyStore } from '../key-store/api-key.store.js';
import type { KeyFormat } from '../key-store/key-format.js';
import type { CustomCredential } from './custom/custom-credential.js';
import type { OwnerResolver } from './owners/owner-resolver.js';
import type { UndecidedRoutesPolicy } from './routes/undecided-routes.js';
import type { IssuerOptions } from '../jwt/issuers.js';

/** How requests are authenticated. */
export interface AuthModuleOptions {
  /** Issuers whose JWTs are accepted, the primary one first. With none, a JWT gets 503 `AUTH_NOT_CONFIGURED`. */
  readonly issuers?: readonly IssuerOptions[];
  /** Headers of API keys, in any case; by default `X-API-Key` and `X-Makima-API-Key`. */
  readonly apiKeyHeaders?: readonly string[];
  /** Headers of tool keys, in any case; by default `X-Tool-Key` and `X-Makima-Tool-Key`. */
  readonly toolKeyHeaders?: readonly string[];
  /**
   * Accepts an API key or tool key as the password of HTTP Basic, or as the user name with an empty password. Every 401 then also
   * asks for Basic: browsers prompt for a password, and send it automatically from then on, even from pages of other sites.
   */
  readonly basicAuth?: boolean;
  /** With an `ownerResolver`, the header by which a user selects an owner; by default `X-Owner-Id`. */
  readonly ownerHeader?: string;
  /** First part of API keys, 1 to 16 of `a-z0-9`; by default `mk`. */
  readonly keyPrefix?: string;
  /** The only environment whose keys are accepted; by default both. */
  readonly environment?: Environment;
  /** Rejects a request with `X-Agent-Context: 1` that acts as a person: 403 `AGENT_CONTEXT`. */
  readonly confineAgents?: boolean;
  /**
   * Other origins, like `https://app.example.com`, whose pages can change data with a credential that browsers send automatically,
   * such as a cookie.
   */
  readonly allowedOrigins?: readonly string[];
  /**
   * Bad credentials per minute from one address (IPv6: /64); by default 60, 0 is no limit. More get 429 `RATE_LIMITED` without a
   * database lookup; valid ones still pass.
   */
  readonly failuresPerMinute?: number;
  /**
   * Redis or Valkey (`redis://` or `rediss://`) that counts key limits for all processes. Without it, or while it is down, each
   * process counts by itself.
   */
  readonly redisUrl?: string | null;
  /**
   * At startup, a route, GraphQL operation or socket message without a Gatehouse guard or `@Public()` is an error (`refuse`), a
   * warning (`warn`, the default), or ignored (`allow`).
   */
  readonly undecidedRoutes?: UndecidedRoutesPolicy;
  /**
   * Guard classes of the application, like `AuthGuard('saml')`. A route with one of them, or with one that extends it, is decided.
   */
  readonly ownGuards?: readonly Type<CanActivate>[];
}

/** Classes, in `forRootAsync` beside `useFactory`. Nest creates them; they can inject global providers. */
export interface AuthModuleExtras {
  /** Stores API keys instead of the application's database. */
  readonly apiKeyStore?: Type<ApiKeyStore>;
  /** The format of API keys, instead of `keyPrefix`; existing keys keep working. */
  readonly keyFormat?: Type<KeyFormat>;
  /** Decides which owners a user can act for; by default only its own. */
  readonly ownerResolver?: Type<OwnerResolver>;
  /** Further credentials, tried in this order after tool key, API key and JWT. */
  readonly credentials?: readonly Type<CustomCredential>[];
}
