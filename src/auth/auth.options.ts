import type { Type } from '@nestjs/common';
import type { Environment } from '../principal/authenticated-user.js';
import type { ApiKeyStore } from '../key-store/api-key.store.js';
import type { KeyFormat } from '../key-store/key-format.js';
import type { CustomCredential } from './custom/custom-credential.js';
import type { OwnerResolver } from './owners/owner-resolver.js';
import type { UndecidedRoutesPolicy } from './routes/undecided-routes.js';
import type { IssuerOptions } from '../jwt/issuers.js';

/** What an application decides about authentication. */
export interface AuthModuleOptions {
  /** Whose JWTs are accepted; the first is the primary one. None: a JWT is answered 503 `AUTH_NOT_CONFIGURED`. */
  readonly issuers?: readonly IssuerOptions[];
  /** Header names of API keys; `X-API-Key` and `X-Makima-API-Key` unless given. Matched without regard to case. */
  readonly apiKeyHeaders?: readonly string[];
  /** Header names of tool keys; `X-Tool-Key` and `X-Makima-Tool-Key` unless given. */
  readonly toolKeyHeaders?: readonly string[];
  /**
   * Whether an API key or a tool key may also be the password of HTTP Basic, with any user name, or the user name with an
   * empty password; false by default. Every 401 then asks for Basic too, and browsers for a password: they send it by
   * themselves from then on, also with requests that a page of another site makes.
   */
  readonly basicAuth?: boolean;
  /**
   * The header by which a person chooses the owner that a request is for, where there is a choice; `X-Owner-Id` unless
   * given. Whoever names an owner that is not theirs is refused.
   */
  readonly ownerHeader?: string;
  /** First part of API keys, 1 to 16 of `a-z0-9`; `mk` unless given. */
  readonly keyPrefix?: string;
  /** Only keys of this environment are good, and others are refused like unknown ones; those of both unless given. */
  readonly environment?: Environment;
  /** Whether a request with `X-Agent-Context: 1` is refused (403 `AGENT_CONTEXT`) when it acts as a person; false unless given. */
  readonly confineAgents?: boolean;
  /**
   * Origins of further sites, like `https://app.example.com`, whose pages may change something with a credential that
   * browsers send by themselves, such as a cookie; by default the application's own pages alone may.
   */
  readonly allowedOrigins?: readonly string[];
  /**
   * How many bad credentials one address (of IPv6: one /64) may send in a minute, 60 unless given; 0: any number. The same
   * one counts once, an expired token not at all. Over it they are answered 429 `RATE_LIMITED` without a look into the
   * database; good ones still pass.
   */
  readonly failuresPerMinute?: number;
  /**
   * A Redis or Valkey (`redis://` or `rediss://`) in which the limits of keys are counted for all processes together.
   * While it is gone, and without one, each process counts by itself.
   */
  readonly redisUrl?: string | null;
  /**
   * What becomes of an application with a route that has neither a guard of ours nor `@Public()`: it does not start
   * (`refuse`), or says so once at start (`warn`, unless given), or not at all (`allow`).
   */
  readonly undecidedRoutes?: UndecidedRoutesPolicy;
}

/** What has to be known before the options are, so it stands beside `useFactory` in `forRootAsync`. */
export interface AuthModuleExtras {
  /** Where API keys are kept, in place of the application's database. It is made by Nest and may inject what is global. */
  readonly apiKeyStore?: Type<ApiKeyStore>;
  /** How API keys are spelled, in place of `keyPrefix`; those made before go on working. Made by Nest, as the store is. */
  readonly keyFormat?: Type<KeyFormat>;
  /**
   * Tells which owners a person may act for; the one that it was made with unless given. Made by Nest, and may inject what
   * is global.
   */
  readonly ownerResolver?: Type<OwnerResolver>;
  /** Further credentials, tried in this order after the tool key, the API key and the JWT. Made as those above. */
  readonly credentials?: readonly Type<CustomCredential>[];
}
