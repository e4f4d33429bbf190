import type { Type } from '@nestjs/common';
import type { Environment } from '../principal/authenticated-user.js';
import type { ApiKeyStore } from '../key-store/api-key.store.js';
import type { KeyFormat } from '../key-store/key-format.js';
import type { CustomCredential } from './custom/custom-credential.js';
import type { OwnerResolver } from './owners/owner-resolver.js';
import type { UndecidedRoutesPolicy } from './routes/undecided-routes.js';
import type { IssuerOptions } from '../jwt/issuers.js';

/** The options of `AuthModule`. */
export interface AuthModuleOptions {
  /** The issuers whose JWTs are accepted, the primary one first. Without any, a JWT is answered 503 `AUTH_NOT_CONFIGURED`. */
  readonly issuers?: readonly IssuerOptions[];
  /** Header names of API keys, not case-sensitive; by default `X-API-Key` and `X-Makima-API-Key`. */
  readonly apiKeyHeaders?: readonly string[];
  /** Header names of tool keys, not case-sensitive; by default `X-Tool-Key` and `X-Makima-Tool-Key`. */
  readonly toolKeyHeaders?: readonly string[];
  /**
   * Whether an API key or a tool key is also accepted as the password of HTTP Basic, with any user name, or as the user name with an
   * empty password; by default false. Every 401 then also names Basic, and browsers prompt for a password: they send it
   * automatically from then on, also with requests from pages of other sites.
   */
  readonly basicAuth?: boolean;
  /**
   * The header by which a user chooses the owner of a request, if an `ownerResolver` is set; by default `X-Owner-Id`.
   * Any other owner is refused.
   */
  readonly ownerHeader?: string;
  /** First part of API keys, 1 to 16 of `a-z0-9`; by default `mk`. */
  readonly keyPrefix?: string;
  /** The only environment whose keys are accepted; by default both. Other keys are rejected like unknown ones. */
  readonly environment?: Environment;
  /** Whether a request with `X-Agent-Context: 1` is refused (403 `AGENT_CONTEXT`) if it acts as a person; by default false. */
  readonly confineAgents?: boolean;
  /**
   * Origins of further sites, like `https://app.example.com`, whose pages can change data with a credential that
   * browsers send automatically, such as a cookie; by default only the application's own pages can.
   */
  readonly allowedOrigins?: readonly string[];
  /**
   * How many bad credentials one address (of IPv6: one /64) can send in a minute; by default 60, 0 is no limit. The same
   * one counts once, an expired token not at all. Above it they are answered 429 `RATE_LIMITED` without a
   * database lookup; valid ones still pass.
   */
  readonly failuresPerMinute?: number;
  /**
   * A Redis or Valkey (`redis://` or `rediss://`) that counts the limits of keys for all processes together.
   * While it is unavailable, and without one, each process counts on its own.
   */
  readonly redisUrl?: string | null;
  /**
   * What happens at startup if a route has neither a guard of Gatehouse nor `@Public()`: the application does not start
   * (`refuse`), logs a warning (`warn`, the default), or starts silently (`allow`).
   */
  readonly undecidedRoutes?: UndecidedRoutesPolicy;
}

/** Classes that must be known before the options: in `forRootAsync` they stand beside `useFactory`. */
export interface AuthModuleExtras {
  /** Stores API keys in place of the application's database. Created by Nest, and can inject what is global. */
  readonly apiKeyStore?: Type<ApiKeyStore>;
  /** The format of API keys, in place of `keyPrefix`; existing keys keep working. Created by Nest, like the store. */
  readonly keyFormat?: Type<KeyFormat>;
  /**
   * Decides which owners a user can act for; by default only their own. Created by Nest, and can inject what
   * is global.
   */
  readonly ownerResolver?: Type<OwnerResolver>;
  /** Further credentials, tried in this order after the tool key, the API key and the JWT. Created by Nest, like the store. */
  readonly credentials?: readonly Type<CustomCredential>[];
}
