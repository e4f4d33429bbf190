import type { LoggerService } from '@nestjs/common';
import type { Clock } from '../support/clock.js';
import { Signal } from '../support/instrumentation.js';
import type { ExtensionCalls } from '../support/extension-calls.js';
import {
  checkCustomVerification,
  CustomVerification,
  type CustomVerificationOptions,
  type VerifyToken,
} from './custom-verification.js';
import { type AudienceOptions, readAudiences } from './audience.js';
import { checkDelegationOptions, type DelegationOptions } from './delegation.js';
import type { IssuerKeys } from './issuer-keys.js';
import { checkPersonOptions, type PersonOptions } from './token-person.js';
import { ChangingKeys, loadKeys, LocalKeys } from './local-keys.js';
import type { JwksFetch } from './remote-jwks.js';
import { RemoteKeySets } from './remote-key-sets.js';
import { readTenants, type TenantOptions, type Tenants } from './tenants.js';

/** Where the public keys of an issuer come from, or what verifies its tokens instead. Exactly one of them. */
export type IssuerKeySource =
  /** A JWK, JWKS (object or JSON text), PEM (also one line with `\n`) or base64 DER SubjectPublicKeyInfo. */
  | {
      readonly publicKey: string | object;
      readonly jwksUrl?: undefined;
      readonly publicKeys?: undefined;
      readonly verify?: undefined;
    }
  /** The https URL of a JWKS (http for loopback hosts only). */
  | {
      readonly jwksUrl: string;
      readonly publicKey?: undefined;
      readonly publicKeys?: undefined;
      readonly verify?: undefined;
    }
  /** Returns the JWKS at wall-clock `now` (ms); the same object until the keys change. Called for each token. */
  | {
      readonly publicKeys: (now: number) => object;
      readonly publicKey?: undefined;
      readonly jwksUrl?: undefined;
      readonly verify?: undefined;
    }
  /** Verifies them in the application, also with a shared secret (HS256). It alone sees the tokens of this issuer. */
  | {
      readonly verify: VerifyToken;
      readonly publicKey?: undefined;
      readonly jwksUrl?: undefined;
      readonly publicKeys?: undefined;
    };

/** An issuer whose tokens are accepted. */
export type IssuerOptions = IssuerKeySource &
  CustomVerificationOptions &
  AudienceOptions &
  DelegationOptions &
  PersonOptions &
  TenantOptions & {
    /** Compared with `iss` exactly, but for the `{tenant}` of `tenants`. Its users are stored under this name. */
    readonly issuer: string;
    /** Further `iss` of the same issuer, such as a second host name: the same users, with the same owners. */
    readonly aliases?: readonly string[];
    /** The algorithm of keys without `alg`; by default that of the key type. */
    readonly algorithm?: 'ES256' | 'RS256' | 'EdDSA';
    /** `false`: its `sub` never becomes a user id unchanged, even if it is first in the list. */
    readonly primary?: boolean;
    /** Accepts ID tokens too, although they are meant for a client (OpenID Connect Core §2). */
    readonly acceptIdTokens?: boolean;
    /** What the operator set, for startup messages, e.g. `JWT_PUBLIC_KEY`. */
    readonly setBy?: string;
  };

/** @internal An issuer whose options are checked and whose configured keys are loaded. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly aliases: readonly string[];
  /** `issuer` is a template for these. */
  readonly tenants: Tenants | undefined;
  readonly audiences: readonly string[];
  readonly audience: AudienceOptions;
  readonly primary: boolean;
  /** What the operator set, for the log. */
  readonly setBy: string;
  /** None with `verification`. */
  readonly keys: IssuerKeys;
  readonly verification: CustomVerification | undefined;
  /** Tokens without `iss` that are signed with HMAC are its. */
  readonly acceptsHmac: boolean;
  /** Tokens of it that are not JWTs begin with it. */
  readonly opaquePrefix: string | undefined;
  /** How long a good token of it is cached. */
  readonly cachedForMs: number;
  readonly acceptsIdTokens: boolean;
  readonly delegation: DelegationOptions;
  readonly person: PersonOptions;
}

/**
 * @internal Checks the options and loads the configured keys; returns a map by issuer and alias. Throws an `Error` that
 * names what the operator set (`setBy`) for a bad key or option, so that a mistake stops the start.
 */
export function trustIssuers(
  list: readonly IssuerOptions[],
  clock: Clock,
  logger: Pick<LoggerService, 'log' | 'warn'>,
  calls: ExtensionCalls,
  fetches = new Signal<JwksFetch>(),
): ReadonlyMap<string, TrustedIssuer> {
  const trusted = new Map<string, TrustedIssuer>();
  const remote = new RemoteKeySets(clock, logger, fetches);
  list.forEach((options, index) => {
    const setBy = options.setBy ?? `issuers[${index}]`;
    const { issuer } = options;
    const aliases = aliasesOf(options, setBy);
    checkNames([issuer, ...aliases], setBy, trusted);
    const tenants = readTenants(options, setBy);
    checkDelegationOptions(options, setBy);
    checkCustomVerification(options, setBy);
    checkPersonOptions(options, setBy);
    const { verify, hmac = false, opaquePrefix, rememberedForSeconds = 0 } = options;
    if (!['boolean', 'undefined'].includes(typeof options.acceptIdTokens))
      throw new Error(`${setBy}: acceptIdTokens must be true or false.`);
    const one: TrustedIssuer = {
      issuer,
      aliases,
      tenants,
      audiences: readAudiences(options, setBy),
      audience: options,
      // Two tenants may give out the same subject.
      primary: index === 0 && options.primary !== false && tenants === undefined,
      setBy,
      verification: verify && new CustomVerification(issuer, verify, calls),
      acceptsHmac: hmac,
      opaquePrefix,
      cachedForMs: verify === undefined ? cachedForMs : rememberedForSeconds * 1000,
      keys: keysOf(options, setBy, clock, logger, remote),
      acceptsIdTokens: options.acceptIdTokens === true,
      delegation: options,
      person: options,
    };
    for (const name of [issuer, ...aliases]) trusted.set(name, one);
  });
  return trusted;
}

const mostAliases = 20;
const cachedForMs = 60_000;
const noKeys: IssuerKeys = {
  origin: 'verify',
  algorithms: [],
  count: null,
  candidates: () => [],
  refetch: () => undefined,
  warm: async () => undefined,
  reachable: () => true,
};

function aliasesOf({ aliases = [] }: IssuerOptions, setBy: string): readonly string[] {
  if (!Array.isArray(aliases) || aliases.length > mostAliases)
    throw new Error(`${setBy}: aliases must be a list of at most ${mostAliases} names.`);
  return [...aliases];
}

function checkNames(names: readonly unknown[], setBy: string, trusted: ReadonlyMap<unknown, unknown>): void {
  names.forEach((name, index) => {
    if (typeof name !== 'string' || name === '')
      throw new Error(`${setBy}: the issuer${index === 0 ? '' : ' of an alias'} is empty.`);
    // Part of a unique index, in which PostgreSQL has no room for much more.
    if (name.length > 1_000) throw new Error(`${setBy}: the issuer is longer than 1,000 characters.`);
    // Two entries would share an identity but not their keys or audience.
    if (trusted.has(name) || names.indexOf(name) < index)
      throw new Error(`${setBy} names the same issuer as another entry.`);
  });
}

function keysOf(
  { issuer, publicKey, jwksUrl, publicKeys, verify, algorithm }: IssuerOptions,
  setBy: string,
  clock: Clock,
  logger: Pick<LoggerService, 'log' | 'warn'>,
  remote: RemoteKeySets,
): IssuerKeys {
  if ([publicKey, jwksUrl, publicKeys, verify].filter((source) => source !== undefined).length !== 1) {
    throw new Error(`${setBy}: the issuer ${issuer} needs either a public key or a JWKS URL.`);
  }
  if (verify !== undefined) return noKeys;
  if (jwksUrl !== undefined) return remote.keysOf({ url: jwksUrl, issuer, algorithm, setBy });
  if (publicKeys !== undefined) return new ChangingKeys(publicKeys, setBy, clock, algorithm);
  const { keys, warnings } = loadKeys(publicKey, setBy, algorithm);
  for (const warning of warnings) logger.warn(warning);
  return new LocalKeys(keys, setBy);
}
